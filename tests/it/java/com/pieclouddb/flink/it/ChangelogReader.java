package com.pieclouddb.flink.it;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.source.ReaderOutput;

/** Tells the partitions of a {@link ChangelogSource} at the pace that this one promises. */
final class ChangelogReader<T> extends PartitionReader<T> {

    private static final int NO_CHECKPOINT = -1;

    private final ChangelogSource<T> source;

    private PartitionSplit partition;
    private List<T> history;
    private int completed;

    /** How many checkpoints had completed when the reader began to wait for a further one. */
    private int completedBefore = NO_CHECKPOINT;

    /** How many had completed when the last change was told again. */
    private int completedAtRepetition = NO_CHECKPOINT;

    ChangelogReader(ChangelogSource<T> source) {
        this.source = source;
    }

    @Override
    Step next(PartitionSplit of, ReaderOutput<T> out) throws Exception {
        if (source.gate != null) {
            Gate.named(source.gate).failIfTold();
        }
        if (completed == completedBefore) {
            return Step.WAITING;
        }
        completedBefore = NO_CHECKPOINT;
        if (partition != of) {
            partition = of;
            history = source.changelog.partition(partition.partition);
        }
        if (partition.position >= history.size()) {
            return Step.ENDED;
        }
        if (isHeld() || isLimited(out) || source.changelog.dueMillis(partition.position) > System.currentTimeMillis()) {
            return Step.WAITING;
        }
        out.collect(history.get(partition.position));
        partition.position++;
        completedAtRepetition = NO_CHECKPOINT;
        if (source.gate != null) {
            Gate.named(source.gate).count();
        }
        if (source.portions > 0 && partition.position % (history.size() / source.portions) == 0) {
            completedBefore = completed;
        }
        return Step.TOLD;
    }

    private boolean isHeld() throws InterruptedException {
        return source.gate != null
                && partition.position == source.gateAt
                && !Gate.named(source.gate).isOpenWithin(0);
    }

    private boolean isLimited(ReaderOutput<T> out) throws IOException {
        if (source.limit == null || source.limit.admits(partition.position, history.size())) {
            return false;
        }
        if (source.repeating && partition.position > 0 && completedAtRepetition != completed) {
            completedAtRepetition = completed;
            out.collect(history.get(partition.position - 1));
        }
        return true;
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
        completed++;
    }

    @Override
    public void notifyCheckpointAborted(long checkpoint) {
        if (source.gate != null) {
            Gate.named(source.gate).countAborted();
        }
    }
}
