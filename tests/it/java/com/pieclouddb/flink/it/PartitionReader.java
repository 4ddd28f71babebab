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
 * Reads its partitions one after another, in the task's thread.
 *
 * <p>What a partition waits for is looked at every few milliseconds, in between which Flink takes checkpoints: a thread
 * or timer of its own would outlive the job and hold its classes.
 */
abstract class PartitionReader<T> implements SourceReader<T, PartitionSplit> {

    private static final long PAUSE_MILLIS = 5;

    private final Deque<PartitionSplit> partitions = new ArrayDeque<>();
    private boolean complete;

    /** What a partition has come to. */
    enum Step {
        TOLD,
        WAITING,
        ENDED
    }

    /** Tells the next of the partition, if it is its time. */
    abstract Step next(PartitionSplit partition, ReaderOutput<T> out) throws Exception;

    /** Called with each partition that a checkpoint is taken of. */
    void snapshot(PartitionSplit partition, long checkpoint) throws InterruptedException {}

    /** Called with each partition that this reader gets. */
    void added(PartitionSplit partition) {}

    @Override
    public final InputStatus pollNext(ReaderOutput<T> out) throws Exception {
        Step step = partitions.isEmpty() ? Step.WAITING : next(partitions.peek(), out);
        if (step == Step.ENDED) {
            partitions.remove();
        }
        if (partitions.isEmpty() && complete) {
            return InputStatus.END_OF_INPUT;
        }
        if (step == Step.WAITING) {
            Thread.sleep(PAUSE_MILLIS);
        }
        return InputStatus.MORE_AVAILABLE;
    }

    @Override
    public final List<PartitionSplit> snapshotState(long checkpoint) {
        try {
            for (PartitionSplit partition : partitions) {
                snapshot(partition, checkpoint);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted in a snapshot", e);
        }
        return partitions.stream()
                .map(partition -> new PartitionSplit(partition.partition, partition.position, checkpoint))
                .collect(Collectors.toList());
    }

    @Override
    public final CompletableFuture<Void> isAvailable() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public final void addSplits(List<PartitionSplit> splits) {
        splits.forEach(this::added);
        partitions.addAll(splits);
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
