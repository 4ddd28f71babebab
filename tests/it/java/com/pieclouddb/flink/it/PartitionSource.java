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

/** A source whose lanes are read beside each other, in the one shape that all lines of Flink have. */
abstract class LaneSource<T> implements Source<T, LaneSplit, ArrayList<LaneSplit>>, ResultTypeQueryable<T> {

    private static final long serialVersionUID = 1L;

    /** How many lanes there are where so many read. */
    abstract int lanes(int parallelism);

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
    public SplitEnumerator<LaneSplit, ArrayList<LaneSplit>> createEnumerator(
            SplitEnumeratorContext<LaneSplit> context) {
        ArrayList<LaneSplit> all = new ArrayList<>();
        for (int lane = 0; lane < lanes(context.currentParallelism()); lane++) {
            all.add(new LaneSplit(lane, 0, 0));
        }
        return new LaneSplits(context, all);
    }

    @Override
    public SplitEnumerator<LaneSplit, ArrayList<LaneSplit>> restoreEnumerator(
            SplitEnumeratorContext<LaneSplit> context, ArrayList<LaneSplit> unassigned) {
        return new LaneSplits(context, unassigned);
    }

    @Override
    public SimpleVersionedSerializer<LaneSplit> getSplitSerializer() {
        return new LaneSerializer<>();
    }

    @Override
    public SimpleVersionedSerializer<ArrayList<LaneSplit>> getEnumeratorCheckpointSerializer() {
        return new LaneSerializer<>();
    }
}
