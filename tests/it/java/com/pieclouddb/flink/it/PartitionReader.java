package com.pieclouddb.flink.it;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;

/**
 * Reads its lanes one after another, in the task's thread.
 *
 * <p>What a lane waits for is looked at every few milliseconds, in between which Flink takes checkpoints: a thread or
 * timer of its own would outlive the job and hold its classes.
 */
abstract class LaneReader<T> implements SourceReader<T, LaneSplit> {

    private static final long PAUSE_MILLIS = 5;

    private final Deque<LaneSplit> lanes = new ArrayDeque<>();
    private boolean complete;

    /** What a lane has come to. */
    enum Step {
        TOLD,
        WAITING,
        ENDED
    }

    /** Tells the next of the lane, if it is its time. */
    abstract Step next(LaneSplit lane, ReaderOutput<T> out) throws Exception;

    /** Called with each lane that a checkpoint is taken of. */
    void snapshot(LaneSplit lane, long checkpoint) throws InterruptedException {}

    /** Called with each lane that this reader gets. */
    void added(LaneSplit lane) {}

    @Override
    public final InputStatus pollNext(ReaderOutput<T> out) throws Exception {
        Step step = lanes.isEmpty() ? Step.WAITING : next(lanes.peek(), out);
        if (step == Step.ENDED) {
            lanes.remove();
        }
        if (lanes.isEmpty() && complete) {
            return InputStatus.END_OF_INPUT;
        }
        if (step == Step.WAITING) {
            Thread.sleep(PAUSE_MILLIS);
        }
        return InputStatus.MORE_AVAILABLE;
    }

    @Override
    public final List<LaneSplit> snapshotState(long checkpoint) {
        try {
            for (LaneSplit lane : lanes) {
                snapshot(lane, checkpoint);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted in a snapshot", e);
        }
        return lanes.stream()
                .map(lane -> new LaneSplit(lane.lane, lane.position, checkpoint))
                .collect(Collectors.toList());
    }

    @Override
    public final CompletableFuture<Void> isAvailable() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public final void addSplits(List<LaneSplit> splits) {
        splits.forEach(this::added);
        lanes.addAll(splits);
    }

    @Override
    public final void notifyNoMoreSplits() {
        complete = true;
    }

    @Override
    public void start() {}

    @Override
    public void close() {}
}
