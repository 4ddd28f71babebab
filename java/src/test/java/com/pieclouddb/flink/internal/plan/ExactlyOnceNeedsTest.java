package com.pieclouddb.flink.internal.plan;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.internal.Plans;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job that cannot keep exactly-once is refused while it is planned, with the setting that is in the way. */
class ExactlyOnceNeedsTest {

    private static final String INTERVAL = "execution.checkpointing.interval";

    @Test
    void checkpointsOrABatchJobAreEnough() {
        assertThatCode(() -> check(INTERVAL, "1 s")).doesNotThrowAnyException();
        assertThatCode(() -> check("execution.runtime-mode", "BATCH")).doesNotThrowAnyException();
    }

    @Test
    void aStreamWithoutCheckpointsIsRefused() {
        assertThatThrownBy(() -> check("execution.runtime-mode", "STREAMING"))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("demo.public.student")
                .hasMessageContaining("'sink.delivery-guarantee' = 'exactly-once'")
                .hasMessageContaining(INTERVAL);
    }

    @ParameterizedTest
    @CsvSource({
        "execution.checkpointing.mode, AT_LEAST_ONCE",
        "execution.checkpointing.checkpoints-after-tasks-finish.enabled, false",
        "execution.checkpointing.unaligned, true"
    })
    void settingsThatBreakItAreRefusedByName(String name, String value) {
        assertThatThrownBy(() -> check(INTERVAL, "1 s", name, value))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(name.replace(".enabled", ""));
    }

    private static void check(String... options) {
        Configuration configuration = new Configuration();
        for (int i = 0; i < options.length; i += 2) {
            configuration.setString(options[i], options[i + 1]);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        ExactlyOnceNeeds.check(Plans.merge("sink.delivery-guarantee", "exactly-once"), env);
    }
}
