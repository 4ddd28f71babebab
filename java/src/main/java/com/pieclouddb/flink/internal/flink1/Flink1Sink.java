package com.pieclouddb.flink.internal.flink1;

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
import org.apache.flink.api.connector.sink2.StatefulSink;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.metrics.scope.ScopeFormat;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.WithPreCommitTopology;
import org.apache.flink.streaming.api.connector.sink2.WithPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The sink in the shape of Flink 1.18, which 1.19 and 1.20 still run through bridges of their own.
 *
 * <p>It translates between Flink's types of these versions and ours, and does nothing else.
 *
 * @param <T> the stream's type
 */
@Internal
public final class Flink1Sink<T> extends PieCloudDBSink<T>
        implements StatefulSink<T, WriterState>, WithPreWriteTopology<T>, WithPreCommitTopology<T, Committable> {

    private static final long serialVersionUID = 1L;

    private final SinkPlan<T> plan;

    public Flink1Sink(SinkPlan<T> plan) {
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
    public Flink1Writer<T> createWriter(InitContext context) throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public Flink1Writer<T> restoreWriter(InitContext context, Collection<WriterState> recovered) throws IOException {
        // The only way to learn the operator: its id is among what its metrics are called by.
        String place = context.getJobId() + " "
                + context.metricGroup().getAllVariables().get(ScopeFormat.SCOPE_OPERATOR_ID);
        WriterContext writer = new WriterContext(
                place,
                context.getSubtaskId(),
                context.getNumberOfParallelSubtasks(),
                context.getAttemptNumber(),
                context.metricGroup(),
                context.getProcessingTimeService());
        return new Flink1Writer<>(plan.openWriter(writer, recovered, plan.sessions()));
    }

    @Override
    public Committer<Committable> createCommitter() {
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
}
