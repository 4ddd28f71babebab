package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.router.TablePolicy;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.annotation.Internal;

/**
 * Opens the targets of source tables as a writer would, but for no row: what is missing is created, what is there is
 * checked.
 *
 * <p>One session with one connection, ended in the end. Unlike everything else that is done while a job is planned it
 * loads the native library where it is called: where the job is submitted.
 */
@Internal
public final class TargetCreation {

    private TargetCreation() {}

    /** Returns when all targets are there and fit; throws what is wrong with any of them. */
    public static void run(
            SinkSettings settings, TargetNaming naming, Collection<SourceTable> tables, LoadSession.Opener sessions)
            throws PieCloudDBException, InterruptedException {
        TablePolicy policy = new TablePolicy(settings);
        String spec = SpecText.withoutRows(settings, WriterIdentity.writer(UUID.randomUUID(), 0, 1, 0));
        try (LoadSession session = sessions.open(spec)) {
            for (SourceTable table : tables) {
                TableId target = policy.ofThisDatabase(naming.target(table.database(), table.table()));
                SourceName name = SourceName.of(table);
                Optional<LoadMode> loadMode = policy.loadMode(name, table);
                if (loadMode.isPresent()) {
                    session.openTable(
                            SpecText.sourceTableWithoutRows(policy.settings(name), target, loadMode.get(), table));
                }
            }
            session.flush();
        }
    }
}
