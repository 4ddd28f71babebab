package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.watch.ForwardingReader;
import com.pieclouddb.flink.sync.watch.WatchedReader;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader that asks the server before it begins: a restart after a failure is no new submission, and the server may be
 * another, or have other settings, since the job was planned.
 *
 * <p>It takes no piece that could not be read as its table is now, see {@link RestoredTables}.
 *
 * <p>One reader asks for all, and so does the one that goes on in a log; no checkpoint completes before each has begun,
 * so nothing becomes visible that was read without. The wait has a deadline and ends with an interrupt.
 */
@SuppressWarnings("try") // close() is Flink's
final class CheckedReader<SplitT extends SourceSplit> extends ForwardingReader<SplitT> {

    private static final Logger LOG = LoggerFactory.getLogger(CheckedReader.class);

    private final WatchedReader<SplitT> inner;
    private final SourceReaderContext context;
    private final PlannedSource planned;
    private final CdcClasses cdc;
    private final LogProgress progress = new LogProgress();
    private final boolean asksForAll;
    private final LogSplits splits;

    /** What had been executed where the reader goes on; null where it goes on in no log of GTIDs. */
    private String restoredGtids;

    private boolean isLogRestored;
    private boolean hasBegun;

    CheckedReader(WatchedReader<SplitT> inner, SourceReaderContext context, PlannedSource planned, CdcClasses cdc)
            throws ReflectiveOperationException {
        super(inner);
        this.inner = inner;
        this.context = context;
        this.planned = planned;
        this.cdc = cdc;
        asksForAll = context.getIndexOfSubtask() == 0;
        splits = new LogSplits(cdc);
    }

    /** Those of a checkpoint come before the start. */
    @Override
    public void addSplits(List<SplitT> added) {
        for (SplitT split : added) {
            if (splits.isLog(split)) {
                planned.restored().checkLoaded(splits.tables(split));
                if (!hasBegun) {
                    isLogRestored = true;
                    restoredGtids = splits.gtids(split);
                }
            } else if (!splits.isRead(split)) {
                planned.restored().checkPiece(splits.tableOfPiece(split));
            }
        }
        super.addSplits(added);
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        if (!(event instanceof UnknownTablesRequest)) {
            super.handleSourceEvents(event);
        } else if (inner.fetches() != null) {
            progress.ask((UnknownTablesRequest) event, inner.fetches())
                    .ifPresent(context::sendSourceEventToCoordinator);
        }
    }

    @Override
    public void start() {
        hasBegun = true;
        if (asksForAll || isLogRestored) {
            try {
                TimedQuestion.ask(planned.conf(), cdc, server -> {
                    planned.check(server, cdc.line(), found -> LOG.warn("of the source's server: {}", found));
                    if (restoredGtids != null) {
                        planned.checkPurged(server, restoredGtids);
                    }
                    return null;
                });
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FlinkRuntimeException("interrupted while the source's server was asked", e);
            }
        }
        super.start();
    }
}
