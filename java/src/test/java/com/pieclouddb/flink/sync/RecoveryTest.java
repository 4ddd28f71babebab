package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.CheckpointConfig.ExternalizedCheckpointCleanup;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the job sets is what nobody else has set. */
class RecoveryTest {

    private static final String FOLDER = "state.checkpoints.dir";
    private static final String RETENTION = "execution.checkpointing.externalized-checkpoint-retention";

    @Test
    void checkpointsAreMadeAndStay() {
        StreamExecutionEnvironment env = prepared(Map.of(FOLDER, "file:///checkpoints"));
        assertThat(env.getCheckpointConfig().getCheckpointInterval()).isEqualTo(10_000);
        assertThat(env.getCheckpointConfig().getExternalizedCheckpointCleanup())
                .isEqualTo(ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION);
        assertThat(env.getRestartStrategy().getDescription()).containsIgnoringCase("exponential");
    }

    @ParameterizedTest
    @CsvSource({"NO_EXTERNALIZED_CHECKPOINTS", "DELETE_ON_CANCELLATION"})
    void whatTheConfigurationSaysStays(String retention) {
        StreamExecutionEnvironment env = prepared(Map.of(
                FOLDER,
                "file:///checkpoints",
                RETENTION,
                retention,
                "execution.checkpointing.interval",
                "3s",
                "restart-strategy.type",
                "none"));
        assertThat(env.getCheckpointConfig().getCheckpointInterval()).isEqualTo(3_000);
        assertThat(env.getCheckpointConfig().getExternalizedCheckpointCleanup()).hasToString(retention);
        assertThat(env.getRestartStrategy().getDescription()).containsIgnoringCase("restart deactivated");
    }

    @Test
    void withoutAFolderNothingIsKept() {
        assertThat(prepared(Map.of()).getCheckpointConfig().getExternalizedCheckpointCleanup())
                .isEqualTo(ExternalizedCheckpointCleanup.NO_EXTERNALIZED_CHECKPOINTS);
    }

    @Test
    void theCommandThatGoesOnIsPrinted() {
        assertThat(Recovery.instructions("s3://b/c/0123", MySqlSyncDatabase.NAME))
                .contains(
                        "Checkpoints are in s3://b/c/0123 and stay there",
                        "flink run -d -s s3://b/c/0123/chk-<highest number> flink-sql-connector-pieclouddb-VERSION.jar"
                                + " mysql-sync-database");
    }

    private static StreamExecutionEnvironment prepared(Map<String, String> configuration) {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.getExecutionEnvironment(Configuration.fromMap(configuration));
        Recovery.prepare(env, MySqlSyncDatabase.NAME);
        return env;
    }
}
