package com.pieclouddb.flink.it;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What a job needs in a real cluster whose processes are killed: checkpoints, and no end of restarts. */
final class RestartingJob {

    private RestartingJob() {}

    static StreamExecutionEnvironment environment(String checkpointInterval, int parallelism) {
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", checkpointInterval);
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", String.valueOf(Integer.MAX_VALUE));
        configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(parallelism);
        return env;
    }
}
