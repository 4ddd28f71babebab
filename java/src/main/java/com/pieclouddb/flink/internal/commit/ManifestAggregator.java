package com.pieclouddb.flink.internal.commit;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Makes one committable of those of all writers, for each checkpoint: what becomes visible together.
 *
 * <p>Its barrier comes when those of all writers have, so what it has by then is the checkpoint's, whatever the ids
 * that the writers' messages carry: those differ after an aborted checkpoint, and at the end of the input. All else is
 * {@link Aggregation}'s.
 *
 * <p>Its state is the last barrier's number, which must not start anew: Flink 1.18 commits at once what comes under the
 * id of a checkpoint that has completed, and tells a task without state nothing about the one that it was restored
 * from.
 */
final class ManifestAggregator extends AbstractStreamOperator<CommittableMessage<Committable>>
        implements OneInputStreamOperator<CommittableMessage<Committable>, CommittableMessage<Committable>>,
                BoundedOneInput {

    private static final long serialVersionUID = 1L;

    private static final ListStateDescriptor<Long> LAST_BARRIER = new ListStateDescriptor<>("last_barrier", Types.LONG);

    private transient Aggregation aggregation;
    private transient ListState<Long> lastBarrier;

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        lastBarrier = context.getOperatorStateStore().getListState(LAST_BARRIER);
        long last = 0;
        for (long restored : lastBarrier.get()) {
            last = Math.max(last, restored);
        }
        // Asked here: an AUTOMATIC job becomes a BATCH job, which takes no checkpoints, after it was planned.
        boolean wholeJob = !RunningJob.takesCheckpoints(
                getRuntimeContext(), getContainingTask().getEnvironment().getJobConfiguration());
        aggregation = new Aggregation(last, wholeJob, message -> output.collect(new StreamRecord<>(message)));
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        lastBarrier.update(List.of(context.getCheckpointId()));
    }

    @Override
    public void processElement(StreamRecord<CommittableMessage<Committable>> element) {
        if (element.getValue() instanceof CommittableWithLineage) {
            aggregation.arrives(((CommittableWithLineage<Committable>) element.getValue()).getCommittable());
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        aggregation.barrier(checkpointId);
    }

    @Override
    public void endInput() throws IOException {
        aggregation.end();
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        super.notifyCheckpointAborted(checkpointId);
        aggregation.aborted(checkpointId);
    }
}
