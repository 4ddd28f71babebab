package com.pieclouddb.flink.internal.commit;

import org.apache.flink.annotation.Internal;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * The way from the writers to the committer: one aggregator, one committer subtask that gets work.
 *
 * <p>It is the same with both guarantees, so that a savepoint of one fits the other.
 */
@Internal
public final class PreCommitTopology {

    private PreCommitTopology() {}

    /**
     * Leads the writers' committables to the first of Flink's committers.
     *
     * @param committables of all writers
     * @param sinkUid the uid that the user gave to the sink, or null
     */
    public static DataStream<CommittableMessage<Committable>> apply(
            DataStream<CommittableMessage<Committable>> committables, String sinkUid) {
        // Unlike any other exchange, Flink 1.18 always aligns this one's barriers.
        SingleOutputStreamOperator<CommittableMessage<Committable>> aggregator = committables
                .rescale()
                .transform("Aggregator", committables.getType(), new ManifestAggregator())
                .forceNonParallel();
        if (sinkUid != null) {
            aggregator.uid("Aggregator");
        }
        return aggregator.global();
    }
}
