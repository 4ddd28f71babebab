package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.sync.handles.CdcHandles;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink CDC's reader, ended where the watch says that the log cannot be read on.
 *
 * <p>Promises that changes in front of the verdict's place are emitted and that a checkpoint holds them before the task
 * fails, if one comes within {@link #PATIENCE}, so that a restart begins at the place. Where the verdict takes back
 * what was emitted, no further checkpoint is let through. It changes nothing else.
 */
@SuppressWarnings("try") // close() is Flink's
@Internal
public final class WatchedReader<SplitT extends SourceSplit> extends ForwardingReader<SplitT> {

    /** For the checkpoint that holds what stands in front of the place. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(WatchedReader.class);

    private static final long NONE = -1;

    private volatile WatchedFetches fetches;

    /** Where reading ended; null before. */
    private Verdict ended;

    private long endedAtNanos;
    private long firstCheckpoint = NONE;
    private boolean isHeld;

    private WatchedReader(SourceReader<String, SplitT> inner) {
        super(inner);
    }

    /**
     * Watches a reader that has nothing to read yet.
     *
     * @param watched wraps each of its split readers
     */
    static <SplitT extends SourceSplit> WatchedReader<SplitT> of(
            SourceReader<String, SplitT> inner, CdcHandles handles, Function<Object, WatchedFetches> watched)
            throws Exception {
        WatchedReader<SplitT> reader = new WatchedReader<>(inner);
        try {
            handles.replaceSplitReaders(inner, splitReader -> {
                reader.fetches = watched.apply(splitReader);
                return reader.fetches.asSplitReader();
            });
        } catch (Throwable e) {
            throw new FlinkRuntimeException("This Flink CDC cannot be watched while it reads the log", e);
        }
        return reader;
    }

    /** What reads pieces; null before there was one. */
    public WatchedFetches fetches() {
        return fetches;
    }

    @Override
    public InputStatus pollNext(ReaderOutput<String> output) throws Exception {
        // Asked before: what is reached now was with the reader before this call.
        Verdict reached = fetches == null ? null : fetches.reached();
        InputStatus status = super.pollNext(output);
        if (reached != null && status != InputStatus.MORE_AVAILABLE) {
            end(reached);
        }
        return status;
    }

    private void end(Verdict verdict) {
        if (ended == null) {
            ended = verdict;
            endedAtNanos = System.nanoTime();
            LOG.error("{}", verdict.message());
        }
        if (verdict.takesBack() || isHeld || System.nanoTime() - endedAtNanos > PATIENCE.toNanos()) {
            throw new FlinkRuntimeException(verdict.message());
        }
    }

    @Override
    public List<SplitT> snapshotState(long checkpointId) {
        if (ended != null && firstCheckpoint == NONE) {
            firstCheckpoint = checkpointId;
        }
        return super.snapshotState(checkpointId);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        isHeld |= firstCheckpoint != NONE && checkpointId >= firstCheckpoint;
        super.notifyCheckpointComplete(checkpointId);
    }
}
