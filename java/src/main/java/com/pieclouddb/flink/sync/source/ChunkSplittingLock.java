package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.table.api.ValidationException;

/**
 * The lock under which Flink CDC cuts tables into pieces, in a thread of its own.
 *
 * <p>The state of its enumerator is no copy: it is the lists and maps that this thread changes. Flink CDC hands it out
 * without the lock, so what is written of it may be of two moments, or the writing fails, and then the next state
 * begins with the rest of this one. Both lines do so. Whoever holds the lock sees one moment.
 */
final class ChunkSplittingLock {

    private ChunkSplittingLock() {}

    /**
     * The lock of an enumerator of Flink CDC; one that nobody else has where it cuts no tables.
     *
     * @throws ValidationException where this Flink CDC keeps it elsewhere
     */
    static Object of(SplitEnumerator<?, ?> enumerator, CdcClasses cdc) {
        try {
            Class<?> hybrid = cdc.type("connectors.mysql.source.assigners.MySqlHybridSplitAssigner");
            Class<?> snapshot = cdc.type("connectors.mysql.source.assigners.MySqlSnapshotSplitAssigner");
            Object assigner =
                    Handles.field(enumerator.getClass(), "splitAssigner").get(enumerator);
            if (hybrid.isInstance(assigner)) {
                assigner = Handles.field(hybrid, "snapshotSplitAssigner").get(assigner);
            }
            return snapshot.isInstance(assigner)
                    ? Handles.field(snapshot, "lock").get(assigner)
                    : new Object();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new ValidationException(
                    "The state of this Flink CDC's enumerator cannot be written while it cuts tables, it lacks "
                            + e.getMessage() + "; 2.4.0 and 3.5.0 are known to work",
                    e);
        }
    }
}
