package com.pieclouddb.flink.it;

import java.util.ArrayList;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A source whose partitions are read beside each other, in the one shape that all lines of Flink have. */
abstract class PartitionSource<T>
        implements Source<T, PartitionSplit, ArrayList<PartitionSplit>>, ResultTypeQueryable<T> {

    private static final long serialVersionUID = 1L;

    /** How many partitions there are where so many read. */
    abstract int partitions(int parallelism);

    /** The stream of this source, at the environment's parallelism. */
    DataStream<T> in(StreamExecutionEnvironment env) {
        return in(env, "source");
    }

    /** The same where a job has several. A task of its own, which goes on, or fails, while that of the sink is held. */
    DataStream<T> in(StreamExecutionEnvironment env, String uid) {
        return env.fromSource(this, WatermarkStrategy.noWatermarks(), uid)
                .uid(uid)
                .disableChaining();
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SplitEnumerator<PartitionSplit, ArrayList<PartitionSplit>> createEnumerator(
            SplitEnumeratorContext<PartitionSplit> context) {
        ArrayList<PartitionSplit> all = new ArrayList<>();
        for (int partition = 0; partition < partitions(context.currentParallelism()); partition++) {
            all.add(new PartitionSplit(partition, 0, 0));
        }
        return new PartitionSplits(context, all);
    }

    @Override
    public SplitEnumerator<PartitionSplit, ArrayList<PartitionSplit>> restoreEnumerator(
            SplitEnumeratorContext<PartitionSplit> context, ArrayList<PartitionSplit> unassigned) {
        return new PartitionSplits(context, unassigned);
    }

    @Override
    public SimpleVersionedSerializer<PartitionSplit> getSplitSerializer() {
        return new PartitionSerializer<>();
    }

    @Override
    public SimpleVersionedSerializer<ArrayList<PartitionSplit>> getEnumeratorCheckpointSerializer() {
        return new PartitionSerializer<>();
    }
}
