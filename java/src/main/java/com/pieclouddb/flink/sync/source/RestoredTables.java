package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cli.Flag;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * Tables that a job which goes on can follow in the log, and of which it could read no snapshot any more.
 *
 * <p>The plan cannot see what the job's state has of them; the readers hold it against this. Promises that no piece of
 * such a table is read, and that none is followed whose beginning the job never had. It knows nothing of tables that a
 * snapshot can read.
 */
@Internal
public final class RestoredTables implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Why no piece of a table may be read. */
    private final HashMap<SourceName, String> uncut;

    /** Why a table is followed only if the job has loaded it. */
    private final HashMap<SourceName, String> goneOn;

    private RestoredTables(Map<SourceName, String> uncut, Map<SourceName, String> goneOn) {
        this.uncut = new HashMap<>(uncut);
        this.goneOn = new HashMap<>(goneOn);
    }

    /** Of a job that begins, in which the plan leaves out what a snapshot cannot read. */
    public static RestoredTables none() {
        return new RestoredTables(Map.of(), Map.of());
    }

    /**
     * Of a job that goes on, each with the reason.
     *
     * @param leftOut tables that are not loaded any more
     * @param uncut tables that Flink CDC could not cut into pieces
     * @param goneOn tables that only the log is read of
     */
    public static RestoredTables of(
            Map<SourceName, String> leftOut, Map<SourceName, String> uncut, Map<SourceName, String> goneOn) {
        Map<SourceName, String> all = new HashMap<>(uncut);
        all.putAll(leftOut);
        all.putAll(goneOn);
        return new RestoredTables(all, goneOn);
    }

    /** Throws where a piece of the table, that is still to be read, would be misread. */
    void checkPiece(SourceName table) {
        String reason = uncut.get(table);
        if (reason != null) {
            throw new ValidationException("The job cannot go on: its snapshot of table '" + table
                    + "' is not read to the end, and cannot be read as the table is now: " + reason
                    + ". Make the table as it was and go on from the same place, or begin anew, without a savepoint");
        }
    }

    /** Throws where the log was to be followed of tables that the job has not loaded. */
    void checkLoaded(Collection<SourceName> loaded) {
        Map<SourceName, String> never = new TreeMap<>(goneOn);
        never.keySet().removeAll(loaded);
        if (!never.isEmpty()) {
            StringBuilder message = new StringBuilder("The job cannot go on: these tables have targets, and the job's"
                    + " state does not say that it has loaded them; rows that were there before would be missing or"
                    + " stale. Leave them out by " + Flag.EXCLUDING_TABLES.text()
                    + ", or load them by a job of their own:");
            never.forEach((name, reason) ->
                    message.append("\n  '").append(name).append("': ").append(reason));
            throw new ValidationException(message.toString());
        }
    }
}
