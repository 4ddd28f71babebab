package com.pieclouddb.flink.it;

import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;

import java.util.ArrayList;
import java.util.List;

/**
 * Replays the {@link Lanes} of a history from where the last checkpoint was, at any parallelism.
 *
 * <p>Paced by events instead of time: it waits for a further completed checkpoint after each portion of a lane, and at
 * its gate or limit for the test; only where the history itself says when a change is due, it waits for that. The old source
 * interface does this in the fewest lines and exists in both lines of Flink 1.x.
 */
@SuppressWarnings("deprecation")
final class ChangelogSource<T> extends RichParallelSourceFunction<T>
        implements CheckpointedFunction, CheckpointListener, ResultTypeQueryable<T> {

    private static final long serialVersionUID = 1L;

    private final Lanes<T> changelog;
    private final int portions;
    private final String gate;
    private final int gateAt;
    private final Limit limit;
    private final boolean repeating;

    /** Lane and next position in it. */
    private transient List<Tuple2<Integer, Integer>> lanes;

    private transient ListState<Tuple2<Integer, Integer>> state;
    private transient volatile int completed;
    private volatile boolean running = true;

    private ChangelogSource(
            Lanes<T> changelog, int portions, String gate, int gateAt, Limit limit, boolean repeating) {
        this.changelog = changelog;
        this.portions = portions;
        this.gate = gate;
        this.gateAt = gateAt;
        this.limit = limit;
        this.repeating = repeating;
    }

    /** As fast as it goes. */
    static <T> ChangelogSource<T> of(Lanes<T> changelog) {
        return new ChangelogSource<>(changelog, 0, null, 0, null, false);
    }

    /** With so many completed checkpoints in between. */
    ChangelogSource<T> overCheckpoints(int checkpoints) {
        return new ChangelogSource<>(changelog, checkpoints, gate, gateAt, limit, repeating);
    }

    /** Stands still at this position of each lane until the gate is opened, and fails when the gate tells it to. */
    ChangelogSource<T> heldAt(String name, int position) {
        return new ChangelogSource<>(changelog, portions, name, position, limit, repeating);
    }

    /** Goes no further than the limit says. */
    ChangelogSource<T> limitedBy(Limit to) {
        return new ChangelogSource<>(changelog, portions, gate, gateAt, to, false);
    }

    /**
     * The same; where it has to stop it tells its last change again after each checkpoint. So rows are on their way as long
     * as the job runs, and a merge ends as without them.
     */
    ChangelogSource<T> busyUpTo(Limit to) {
        return new ChangelogSource<>(changelog, portions, gate, gateAt, to, true);
    }

    /** The stream of this source, at the environment's parallelism. */
    DataStream<T> in(StreamExecutionEnvironment env) {
        return in(env, "source");
    }

    /** The same where a job has several. */
    @SuppressWarnings("deprecation")
    DataStream<T> in(StreamExecutionEnvironment env, String uid) {
        return env.addSource(this).uid(uid);
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        state = context.getOperatorStateStore().getListState(
                new ListStateDescriptor<>("lanes", Types.TUPLE(Types.INT, Types.INT)));
        lanes = new ArrayList<>();
        if (context.isRestored()) {
            state.get().forEach(lanes::add);
        } else {
            int subtasks = getRuntimeContext().getNumberOfParallelSubtasks();
            for (int lane = getRuntimeContext().getIndexOfThisSubtask(); lane < changelog.lanes(); lane += subtasks) {
                lanes.add(Tuple2.of(lane, 0));
            }
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        state.update(lanes);
    }

    @Override
    public void run(SourceContext<T> out) throws Exception {
        for (Tuple2<Integer, Integer> lane : lanes) {
            List<T> history = changelog.lane(lane.f0);
            int portion = portions == 0 ? Integer.MAX_VALUE : history.size() / portions;
            while (running && lane.f1 < history.size()) {
                failIfTold();
                while (gate != null && lane.f1 == gateAt && running && !Gate.named(gate).isOpenWithin(50)) {
                    failIfTold();
                }
                awaitLimit(out, history, lane.f1);
                awaitDue(changelog.dueMillis(lane.f1));
                if (!running) {
                    return;
                }
                synchronized (out.getCheckpointLock()) {
                    out.collect(history.get(lane.f1));
                    lane.f1++;
                }
                if (gate != null) {
                    Gate.named(gate).count();
                }
                if (lane.f1 % portion == 0) {
                    awaitCheckpoint();
                }
            }
        }
    }

    /** Outside of the checkpoint's lock, which a checkpoint would not get from somebody who sleeps with it. */
    private synchronized void awaitDue(long millis) throws InterruptedException {
        for (long early = millis - System.currentTimeMillis(); running && early > 0;
                early = millis - System.currentTimeMillis()) {
            wait(early);
        }
    }

    private void awaitLimit(SourceContext<T> out, List<T> history, int position) throws Exception {
        int told = -1;
        while (running && limit != null && !limit.admits(position, history.size())) {
            if (repeating && position > 0 && told != completed) {
                told = completed;
                synchronized (out.getCheckpointLock()) {
                    out.collect(history.get(position - 1));
                }
            }
            awaitDue(System.currentTimeMillis() + 50);
        }
    }

    private synchronized void awaitCheckpoint() throws InterruptedException {
        int before = completed;
        while (running && completed == before) {
            failIfTold();
            wait(50);
        }
    }

    private void failIfTold() {
        if (gate != null) {
            Gate.named(gate).failIfTold();
        }
    }

    @Override
    public synchronized void notifyCheckpointComplete(long checkpointId) {
        completed++;
        notifyAll();
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) {
        if (gate != null) {
            Gate.named(gate).countAborted();
        }
    }

    @Override
    public synchronized void cancel() {
        running = false;
        notifyAll();
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return changelog.type();
    }
}
