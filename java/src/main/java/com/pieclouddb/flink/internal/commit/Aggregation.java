package com.pieclouddb.flink.internal.commit;

import com.pieclouddb.flink.PieCloudDBException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;

/**
 * Which of the writers' committables become visible together, and under which checkpoint's id Flink keeps them.
 *
 * <p>What came since the last barrier goes out before the next one or, at the end, where no barrier is told any more,
 * under the id after it. So no committable is left to be kept in state.
 *
 * <p>Without checkpoints there is one commit, of the whole job.
 *
 * <p>A checkpoint that was aborted is no state that readers may see: what comes next goes out under its id as well, and
 * Flink commits all of one id with one call. It cannot commit them too early, since that checkpoint never completes and
 * no other one took its barrier in between. Where the abortion is told too late, the two are committed one after the
 * other.
 */
final class Aggregation {

    private final boolean wholeJob;
    private final Consumer<CommittableMessage<Committable>> out;
    private final List<Committable> arrived = new ArrayList<>();

    /** Of the last barrier, or that this attempt began with. */
    private long lastCheckpoint;

    /** Under which the last manifest went out; none of a later one is under a lower id. */
    private long lastLabel;

    /** How many went out under it. */
    private int sent;

    private boolean lastAborted;

    /**
     * @param restoredCheckpoint of the last barrier before this attempt
     * @param wholeJob there are no checkpoints, as in BATCH mode
     */
    Aggregation(long restoredCheckpoint, boolean wholeJob, Consumer<CommittableMessage<Committable>> out) {
        this.wholeJob = wholeJob;
        this.out = out;
        lastCheckpoint = restoredCheckpoint;
        lastLabel = restoredCheckpoint;
    }

    void arrives(Committable committable) {
        arrived.add(committable);
    }

    /** The barriers of all writers have come. */
    void barrier(long checkpointId) throws PieCloudDBException {
        if (!lastAborted) {
            lastLabel = checkpointId;
            sent = 0;
        }
        if (!arrived.isEmpty()) {
            // The number stands for a sender: Flink wants at most one summary of each for a checkpoint.
            out.accept(CommittableMessages.summary(sent, lastLabel));
            Committable all = Committable.join(arrived);
            out.accept(CommittableMessages.committable(wholeJob ? all.ofWholeJob() : all, sent, lastLabel));
            sent++;
            arrived.clear();
        }
        lastCheckpoint = checkpointId;
        lastAborted = false;
    }

    void aborted(long checkpointId) {
        lastAborted |= checkpointId == lastCheckpoint && sent > 0;
    }

    void end() throws PieCloudDBException {
        barrier(lastCheckpoint + 1);
    }
}
