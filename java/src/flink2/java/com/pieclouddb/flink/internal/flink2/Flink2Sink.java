package com.pieclouddb.flink.internal.flink2;

import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.internal.commit.Committable;
import com.pieclouddb.flink.internal.commit.CommittableSerializer;
import com.pieclouddb.flink.internal.commit.ManifestCommitter;
import com.pieclouddb.flink.internal.commit.PreCommitTopology;
import com.pieclouddb.flink.internal.plan.PreWriteTopology;
import com.pieclouddb.flink.internal.plan.SinkPlan;
import com.pieclouddb.flink.internal.writer.WriterContext;
import com.pieclouddb.flink.internal.writer.WriterState;
import com.pieclouddb.flink.internal.writer.WriterStateSerializer;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.metrics.scope.ScopeFormat;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The sink in the shape of Flink 2.
 *
 * <p>It translates between Flink's types of these versions and ours, and does nothing else. Its state and what it
 * commits are those of Flink 1's shape, so a savepoint of one goes on in the other.
 *
 * @param <T> the stream's type
 */
@Internal
public final class Flink2Sink<T> extends PieCloudDBSink<T>
        implements SupportsWriterState<T, WriterState>,
                SupportsPreWriteTopology<T>,
                SupportsCommitter<Committable>,
                SupportsPreCommitTopology<Committable, Committable> {

    private static final long serialVersionUID = 1L;

    private final SinkPlan<T> plan;

    public Flink2Sink(SinkPlan<T> plan) {
        this.plan = plan;
    }

    @Override
    public DataStream<T> addPreWriteTopology(DataStream<T> in) {
        return PreWriteTopology.apply(this, plan, in);
    }

    @Override
    public DataStream<CommittableMessage<Committable>> addPreCommitTopology(
            DataStream<CommittableMessage<Committable>> committables) {
        return PreCommitTopology.apply(committables, plan.uid());
    }

    @Override
    public Flink2Writer<T> createWriter(WriterInitContext context) throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public Flink2Writer<T> restoreWriter(WriterInitContext context, Collection<WriterState> recovered)
            throws IOException {
        // As in Flink 1: the only way to learn the operator.
        String place = context.getJobInfo().getJobId() + " "
                + context.metricGroup().getAllVariables().get(ScopeFormat.SCOPE_OPERATOR_ID);
        WriterContext writer = new WriterContext(
                place,
                context.getTaskInfo().getIndexOfThisSubtask(),
                context.getTaskInfo().getNumberOfParallelSubtasks(),
                context.getTaskInfo().getAttemptNumber(),
                context.metricGroup(),
                context.getProcessingTimeService());
        return new Flink2Writer<>(plan.openWriter(writer, recovered, plan.sessions()));
    }

    @Override
    public Committer<Committable> createCommitter(CommitterInitContext context) {
        return new ManifestCommitter(plan.setup(), plan.sessions());
    }

    @Override
    public SimpleVersionedSerializer<WriterState> getWriterStateSerializer() {
        return new WriterStateSerializer();
    }

    @Override
    public SimpleVersionedSerializer<Committable> getCommittableSerializer() {
        return new CommittableSerializer();
    }

    /** What leaves a writer is what is committed. */
    @Override
    public SimpleVersionedSerializer<Committable> getWriteResultSerializer() {
        return getCommittableSerializer();
    }
}
