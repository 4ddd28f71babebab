package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecordSerializer;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.transformations.PartitionTransformation;
import org.apache.flink.streaming.api.transformations.SideOutputTransformation;
import org.apache.flink.streaming.api.transformations.UnionTransformation;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.OutputTag;

/**
 * The database mode's way from the user's stream to the writers: routers, then the exchange by slots.
 *
 * <p>A router stands beside each subtask of the stream: anything but a straight connection would swap changes of a key
 * before they are routed. The exchange takes no unaligned checkpoints: rows that overtake a barrier would come back,
 * after a restart, to a writer that was not told their table.
 */
@Internal
public final class DatabaseTopology {

    private DatabaseTopology() {}

    /**
     * Leads records to the writers.
     *
     * @param router makes the writers' messages of them
     * @param uid what the user called the sink, or null
     */
    public static <T> DataStream<ShuffleRecord> apply(
            ProcessFunction<T, ShuffleRecord> router, String uid, DataStream<T> in) {
        checkStraight(in.getTransformation(), in.getParallelism());
        // A stream of its own, since a keyed one would make the router a keyed operator, with sorted input in BATCH
        // mode.
        SingleOutputStreamOperator<ShuffleRecord> routers = endingTogether(
                        new DataStream<>(in.getExecutionEnvironment(), in.getTransformation()))
                .process(router, ShuffleRecordSerializer.TYPE)
                .name("Router")
                // Otherwise Flink gives it the sink's, and a rebalance in front of it.
                .setParallelism(in.getParallelism());
        if (uid != null) {
            routers.uid("Router");
        }
        DataStream<ShuffleRecord> exchanged =
                PreWriteTopology.exchange(routers, change -> KeySlots.groupKey(change.slot()));
        return exchanged.union(aligning(routers));
    }

    /**
     * The stream, with something in it that lets its routers end only when all of its subtasks have ended. Routers keep
     * their schemas in union state, and Flink completes no checkpoint while part of an operator with such state has
     * ended, as it does beside a bounded source whose splits are of different length. A second input that comes from
     * all subtasks and never brings anything is how to wait for the last of them; its price is that the router is not
     * chained to what stands before it.
     */
    private static <T> DataStream<T> endingTogether(DataStream<T> in) {
        Transformation<T> before = in.getTransformation();
        boolean endsTogether = in.getParallelism() == 1
                || before instanceof PartitionTransformation
                        && !((PartitionTransformation<T>) before)
                                .getPartitioner()
                                .isPointwise();
        if (endsTogether) {
            return in;
        }
        Transformation<T> nothing = new SideOutputTransformation<>(before, new OutputTag<>("nothing", in.getType()));
        return in.union(new DataStream<>(in.getExecutionEnvironment(), nothing).rebalance());
    }

    /** United streams have the parallelism of the first of them; Flink would rebalance the others, unasked. */
    private static void checkStraight(Transformation<?> in, int parallelism) {
        if (in instanceof UnionTransformation) {
            in.getInputs().forEach(input -> checkStraight(input, parallelism));
        } else if (in.getParallelism() != parallelism && !(in instanceof PartitionTransformation)) {
            throw new ValidationException("The stream of a pieclouddb sink in database mode unites streams of the "
                    + "parallelisms " + parallelism + " and " + in.getParallelism() + ", which would swap changes of a "
                    + "key: give all of them one parallelism, or key them by table and key.");
        }
    }

    /**
     * A stream that never brings anything. Flink aligns all inputs of an operator as soon as one of them is pointwise,
     * and it is the only way to ask for that.
     */
    private static DataStream<ShuffleRecord> aligning(SingleOutputStreamOperator<ShuffleRecord> routers) {
        return routers.getSideOutput(new OutputTag<>("aligning", ShuffleRecordSerializer.TYPE))
                .rescale();
    }
}
