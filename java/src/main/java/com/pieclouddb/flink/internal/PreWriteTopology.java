package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.RowConverter;

import java.time.Duration;

/**
 * What happens to the stream before the writers, and the moment at which the sink learns how the job runs.
 *
 * <p>Flink calls it for DataStream and SQL jobs alike when it expands the sink, before it serialises it. In merge mode
 * all changes of a key go to one writer, by {@link KeySlots}; in append mode the stream stays as it is. No uid is set
 * here: it would force one on the user's sink.
 */
@Internal
public final class PreWriteTopology {

    private PreWriteTopology() {}

    public static <T> DataStream<T> apply(SinkPlan<T> plan, DataStream<T> in) {
        StreamExecutionEnvironment env = in.getExecutionEnvironment();
        plan.learnCheckpointTimeout(checkpointTimeout(env));
        if (plan.loadMode() == LoadMode.APPEND) {
            return in;
        }
        DataStream<T> keyed = in.keyBy(
                new SlotSelector<>(plan.converter(), new KeySlots(plan.rowType(), plan.key())), Types.INT);
        // Only the exchange of the keyed stream is wanted. A keyed writer would extract every key a second time, get a
        // keyed state backend, and in BATCH mode an input sorted by slot, which may swap two changes of one key.
        return new DataStream<>(env, keyed.getTransformation());
    }

    /**
     * BATCH jobs take no checkpoints, whatever the configuration says. An AUTOMATIC job counts as streaming here, before
     * Flink decides; should it become a batch job, all its rows become visible at the end.
     */
    private static Duration checkpointTimeout(StreamExecutionEnvironment env) {
        boolean batch = env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
        return batch || !env.getCheckpointConfig().isCheckpointingEnabled()
                ? Duration.ZERO
                : Duration.ofMillis(env.getCheckpointConfig().getCheckpointTimeout());
    }

    /** Gives each record the number that Flink's key groups map to the slot of its key. */
    private static final class SlotSelector<T> implements KeySelector<T, Integer> {

        private static final long serialVersionUID = 1L;

        private final RowConverter<T> converter;
        private final KeySlots slots;

        SlotSelector(RowConverter<T> converter, KeySlots slots) {
            this.converter = converter;
            this.slots = slots;
        }

        @Override
        public Integer getKey(T element) {
            return KeySlots.groupKey(slots.slot(converter.convert(element)));
        }
    }
}
