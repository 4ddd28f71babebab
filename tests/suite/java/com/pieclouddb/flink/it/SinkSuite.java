package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.testframe.environment.MiniClusterTestEnvironment;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestEnv;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;
import org.apache.flink.connector.testframe.testsuites.SinkTestSuiteBase;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.collect.CollectResultIterator;
import org.junit.jupiter.api.Timeout;

/**
 * Flink's own test suite for sinks, with each guarantee and load mode: a bounded job, savepoints with the same, a
 * higher and a lower parallelism, and the count of sent records.
 *
 * <p>The cases are Flink's and come with each of its lines; here stands only what they run on. They wait without an end
 * of their own for a target that is right, so the deadline is ours. Which guarantees there are, each generation of
 * Flink is told by a class of its own.
 */
@Timeout(90)
abstract class SinkSuite extends SinkTestSuiteBase<String> {

    @TestEnv
    MiniClusterTestEnvironment cluster = new MiniClusterTestEnvironment(slots());

    @TestExternalSystem
    SuiteServer server = new SuiteServer();

    @TestContext
    ExternalContextFactory<SuiteTarget> append = test -> new SuiteTarget(server, LoadMode.APPEND);

    @TestContext
    ExternalContextFactory<SuiteTarget> merge = test -> new SuiteTarget(server, LoadMode.MERGE);

    /**
     * As many slots as the suite's own cluster has; what is asked of its REST interface is not seconds old, as it would
     * be.
     */
    private static MiniClusterResourceConfiguration slots() {
        Configuration configuration = new Configuration();
        configuration.setString("web.refresh-interval", "50");
        configuration.setString("metrics.fetcher.update-interval", "100");
        return new MiniClusterResourceConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumberTaskManagers(1)
                .setNumberSlotsPerTaskManager(6)
                .build();
    }

    /**
     * The suite has no checkpoints in a job that ends with a savepoint: its source takes any for the end of its first
     * half, and exactly-once does not run without. So they are on, and none comes by itself. What is collected is
     * already agreed on, so each record is told at once, as the suite expects it.
     */
    @Override
    protected CollectResultIterator<String> addCollectSink(DataStream<String> stream) {
        CollectResultIterator<String> collected = super.addCollectSink(stream);
        StreamExecutionEnvironment env = stream.getExecutionEnvironment();
        if (!env.getCheckpointConfig().isCheckpointingEnabled()) {
            long never = Duration.ofDays(10 * 365).toMillis();
            env.enableCheckpointing(never);
            // Flink 2.3 takes the first one at once, unless they have to be so far apart.
            env.getCheckpointConfig().setMinPauseBetweenCheckpoints(never);
        }
        return collected;
    }
}
