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
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

import java.util.List;

/**
 * Emits the same number of rows in each checkpoint period, each with its period's number, until its gate is opened; each
 * subtask is a lane. What the tables must hold at a checkpoint is known by the {@link Periods} that it keeps.
 *
 * <p>A period ends with the snapshot, whether its checkpoint completes or not. The rows of a merge have the same keys in
 * each period.
 */
@SuppressWarnings("deprecation")
final class PeriodSource extends RichParallelSourceFunction<Row>
        implements CheckpointedFunction, CheckpointListener, ResultTypeQueryable<Row> {

    /** Of each lane in each period. */
    static final int ROWS = 30;

    private static final long serialVersionUID = 1L;

    private final String name;
    private final boolean sameKeys;

    private transient ListState<Tuple2<Integer, Integer>> state;
    private transient int lane;
    private transient int lanes;

    /** Periods that were emitted. */
    private transient int periods;

    private transient boolean snapshotTaken;
    private volatile boolean running = true;

    PeriodSource(String name, boolean sameKeys) {
        this.name = name;
        this.sameKeys = sameKeys;
    }

    /** The stream of this source, at the environment's parallelism. */
    DataStream<Row> in(StreamExecutionEnvironment env) {
        return env.addSource(this).uid("source");
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        lane = getRuntimeContext().getIndexOfThisSubtask();
        lanes = getRuntimeContext().getNumberOfParallelSubtasks();
        state = context.getOperatorStateStore().getUnionListState(
                new ListStateDescriptor<>("periods", Types.TUPLE(Types.INT, Types.INT)));
        for (Tuple2<Integer, Integer> restored : state.get()) {
            if (restored.f0 == lane) {
                periods = restored.f1;
            }
        }
        // Nobody may have been told of its completion before the failure.
        context.getRestoredCheckpointId().ifPresent(Periods.named(name)::completed);
        snapshotTaken = true;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        state.update(List.of(Tuple2.of(lane, periods)));
        Periods.named(name).snapshot(context.getCheckpointId(), lane, periods);
        Periods.named(name).awaitRelease(lane);
        snapshotTaken = true;
    }

    @Override
    public void run(SourceContext<Row> out) throws Exception {
        while (running) {
            Gate.named(name).failIfTold();
            synchronized (out.getCheckpointLock()) {
                if (snapshotTaken) {
                    if (Gate.named(name).isOpenWithin(0)) {
                        Periods.named(name).ended(lane, periods);
                        return;
                    }
                    emit(out);
                    periods++;
                    snapshotTaken = false;
                }
                // A snapshot is taken by another thread, which needs the lock.
                out.getCheckpointLock().wait(5);
            }
        }
    }

    private void emit(SourceContext<Row> out) {
        for (int row = 0; row < ROWS; row++) {
            long id = (long) lane * ROWS + row + (sameKeys ? 0L : (long) periods * lanes * ROWS);
            out.collect(Row.ofKind(RowKind.INSERT, id, lane, periods));
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        Periods.named(name).completed(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) {
        Gate.named(name).countAborted();
    }

    @Override
    public void cancel() {
        running = false;
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return PeriodTables.STREAM_TYPE;
    }
}
