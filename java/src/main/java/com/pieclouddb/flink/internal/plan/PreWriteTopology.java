package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import java.time.Duration;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SinkTransformation;
import org.apache.flink.table.api.ValidationException;

/**
 * What happens to the stream before the writers, and the moment at which the sink learns how the job runs.
 *
 * <p>Flink calls it for DataStream and SQL jobs alike when it expands the sink, before it serialises it. Where a plan
 * routes by key, all changes of a key go to one writer, by {@link KeySlots}.
 */
@Internal
public final class PreWriteTopology {

    private PreWriteTopology() {}

    public static <T> DataStream<T> apply(Sink<T> sink, SinkPlan<T> plan, DataStream<T> in) {
        StreamExecutionEnvironment env = in.getExecutionEnvironment();
        if (plan.isExactlyOnce()) {
            ExactlyOnceNeeds.check(plan, env);
        }
        SinkTransformation<?, ?> expanded = transformation(sink, in);
        if (expanded != null) {
            plan.settings()
                    .find(PieCloudDBOptions.SINK_PARALLELISM)
                    .ifPresent(parallelism -> setParallelism(expanded, parallelism));
        }
        plan.configure(expanded == null ? null : expanded.getUid(), checkpointTimeout(env));
        return plan.route(in);
    }

    /** Leads each record to the writer of its slot. */
    static <R> DataStream<R> exchange(DataStream<R> in, KeySelector<R, Integer> groupKey) {
        // Only the exchange of the keyed stream is wanted. A keyed writer would extract every key a second time, get a
        // keyed state backend, and in BATCH mode an input sorted by slot, which may swap two changes of one key.
        return new DataStream<>(
                in.getExecutionEnvironment(), in.keyBy(groupKey, Types.INT).getTransformation());
    }

    /**
     * What is being expanded, or null. Its uid is the one that the user gave to the sink: Flink wants one on the sink
     * as soon as an operator in here has one, so an operator with state may have one exactly if the sink does.
     */
    private static SinkTransformation<?, ?> transformation(Sink<?> sink, DataStream<?> in) {
        for (Transformation<?> transformation : in.getExecutionEnvironment().getTransformations()) {
            if (transformation instanceof SinkTransformation) {
                SinkTransformation<?, ?> candidate = (SinkTransformation<?, ?>) transformation;
                if (candidate.getSink() == sink && candidate.getInputStream() == in) {
                    return candidate;
                }
            }
        }
        return null;
    }

    /** Writers and committer take the parallelism of what is expanded, when this method's callers have returned. */
    private static void setParallelism(SinkTransformation<?, ?> expanded, int parallelism) {
        if (expanded.isParallelismConfigured() && expanded.getParallelism() != parallelism) {
            throw new ValidationException("'" + PieCloudDBOptions.SINK_PARALLELISM.key() + "' = " + parallelism
                    + " contradicts setParallelism(" + expanded.getParallelism()
                    + ") on the sink; leave one of them out");
        }
        expanded.setParallelism(parallelism);
    }

    /**
     * BATCH jobs take no checkpoints, whatever the configuration says. An AUTOMATIC job counts as streaming here,
     * before Flink decides; should it become a batch job, all its rows become visible at the end.
     */
    private static Duration checkpointTimeout(StreamExecutionEnvironment env) {
        return ExactlyOnceNeeds.isBatch(env) || !env.getCheckpointConfig().isCheckpointingEnabled()
                ? Duration.ZERO
                : Duration.ofMillis(env.getCheckpointConfig().getCheckpointTimeout());
    }
}
