package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.ServerIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.Gauge;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink CDC's enumerator, whose state says of which server it is, and which sees that no table is missing in silence.
 *
 * <p>What {@link TableComparison} finds is asked of the readers; the one that reads the log names the tables that it
 * does not know. A table that is named twice in a row is told, once, and counted while it is missing. Everything here
 * runs in the coordinator's thread and waits for nothing, but for the cutting of a piece where its outcome is asked.
 */
final class CheckedEnumerator<SplitT extends SourceSplit, StateT> implements SplitEnumerator<SplitT, SourceState> {

    private static final Logger LOG = LoggerFactory.getLogger(CheckedEnumerator.class);

    private final SplitEnumerator<SplitT, StateT> inner;
    private final SimpleVersionedSerializer<StateT> serializer;
    private final Object cutting;
    private final SplitEnumeratorContext<SplitT> context;
    private final PlannedSource planned;
    private final CdcClasses cdc;
    private final ServerIdentity before;
    private final LogPosition begin;
    private final Set<SourceName> told = new HashSet<>();
    private TreeSet<SourceName> unknown = new TreeSet<>();
    private volatile int missing;
    private TableComparison comparison;

    /**
     * Wraps an enumerator that has not begun.
     *
     * @param serializer of its state
     * @param before the server that the job read from
     * @param begin where the log is read from; null where Flink CDC's own place counts
     */
    CheckedEnumerator(
            SplitEnumerator<SplitT, StateT> inner,
            SimpleVersionedSerializer<StateT> serializer,
            SplitEnumeratorContext<SplitT> context,
            PlannedSource planned,
            CdcClasses cdc,
            ServerIdentity before,
            LogPosition begin) {
        this.inner = inner;
        this.serializer = serializer;
        cutting = ChunkSplittingLock.of(inner, cdc);
        this.context = context;
        this.planned = planned;
        this.cdc = cdc;
        this.before = before;
        this.begin = begin;
    }

    @Override
    public void start() {
        // Here and not where it is restored: what is thrown there while a job begins ends nothing, and the job hangs.
        planned.checkIdentity(planned.server(), before);
        inner.start();
        if (context.metricGroup() != null) {
            context.metricGroup().addGroup("pieclouddb").gauge(SourceMetric.TABLES_MISSING.metric(), (Gauge<Integer>)
                    () -> missing);
        }
        comparison = new TableComparison(
                planned,
                cdc,
                request -> context.runInCoordinatorThread(() -> ask(request)),
                failure -> context.runInCoordinatorThread(() -> {
                    throw failure;
                }));
    }

    private void ask(UnknownTablesRequest request) {
        // All of them: only they know who reads the log.
        for (int subtask : new ArrayList<>(context.registeredReaders().keySet())) {
            context.sendEventToSourceReader(subtask, request);
        }
    }

    private void onUnknownTables(UnknownTablesReport answer) {
        TreeSet<SourceName> twice = new TreeSet<>(answer.tables());
        twice.retainAll(unknown);
        unknown = answer.tables();
        missing = twice.size();
        for (SourceName name : twice) {
            if (told.add(name)) {
                LOG.warn(
                        "table '{}' of the source is selected, and Flink CDC has no definition of it: it was created"
                            + " by a statement that Flink CDC does not understand, or has a column that it cannot"
                            + " read. Its rows are not loaded, and the first change of one stops the job. Leave it out"
                            + " by {}, and load it by a job of its own",
                        name,
                        Flag.EXCLUDING_TABLES.text());
            }
        }
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {
        inner.handleSplitRequest(subtask, host);
    }

    @Override
    public void addSplitsBack(List<SplitT> splits, int subtask) {
        synchronized (cutting) {
            inner.addSplitsBack(splits, subtask);
        }
    }

    @Override
    public void addReader(int subtask) {
        inner.addReader(subtask);
    }

    @Override
    public void handleSourceEvent(int subtask, SourceEvent event) {
        if (event instanceof UnknownTablesReport) {
            onUnknownTables((UnknownTablesReport) event);
        } else {
            inner.handleSourceEvent(subtask, event);
        }
    }

    @Override
    public SourceState snapshotState(long checkpointId) throws Exception {
        synchronized (cutting) {
            byte[] bytes = serializer.serialize(inner.snapshotState(checkpointId));
            return new SourceState(serializer.getVersion(), bytes, planned.server(), begin);
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        inner.notifyCheckpointComplete(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        inner.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public void close() throws IOException {
        if (comparison != null) {
            comparison.close();
        }
        inner.close();
    }
}
