package com.pieclouddb.flink.internal.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;

/**
 * How a job must run so that exactly-once can be kept; what cannot be kept is refused while the job is planned.
 *
 * <p>BATCH jobs need nothing: they commit once, at their end.
 */
final class ExactlyOnceNeeds {

    /** By name: the class that holds it is another one in each line of Flink. */
    private static final ConfigOption<Boolean> CHECKPOINTS_AFTER_TASKS_FINISH = ConfigOptions.key(
                    "execution.checkpointing.checkpoints-after-tasks-finish.enabled")
            .booleanType()
            .defaultValue(true);

    private ExactlyOnceNeeds() {}

    static void check(SinkPlan<?> plan, StreamExecutionEnvironment env) {
        if (isBatch(env)) {
            return;
        }
        CheckpointConfig checkpoints = env.getCheckpointConfig();
        List<String> problems = new ArrayList<>();
        if (!checkpoints.isCheckpointingEnabled()) {
            problems.add(
                    "it needs checkpoints, which alone make rows visible: set execution.checkpointing.interval, or "
                            + "execution.runtime-mode to BATCH for a bounded job");
        } else if (checkpoints.getCheckpointingMode() != CheckpointingMode.EXACTLY_ONCE) {
            problems.add("Flink's own checkpoints are at-least-once: set execution.checkpointing.mode to EXACTLY_ONCE");
        }
        if (!env.getConfiguration().get(CHECKPOINTS_AFTER_TASKS_FINISH)) {
            problems.add("the last rows of a bounded job need a checkpoint: do not set "
                    + CHECKPOINTS_AFTER_TASKS_FINISH.key() + " to false");
        }
        if (checkpoints.isUnalignedCheckpointsEnabled() && commitsUnaligned()) {
            problems.add("Flink 1.18 commits unaligned checkpoints in pieces: set execution.checkpointing.unaligned to "
                    + "false, or use Flink 1.19 or newer");
        }
        if (!problems.isEmpty()) {
            throw new ValidationException("The pieclouddb sink of " + plan.settings() + " cannot have "
                    + "'sink.delivery-guarantee' = 'exactly-once':\n  " + String.join("\n  ", problems));
        }
    }

    /** Whether it is asked for: an AUTOMATIC job counts as streaming. */
    static boolean isBatch(StreamExecutionEnvironment env) {
        return env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    }

    /** Whether this is Flink 1.18, whose committable messages may lack a checkpoint's id. */
    private static boolean commitsUnaligned() {
        return Arrays.asList(CommittableSummary.class.getConstructors()[0].getParameterTypes())
                .contains(Long.class);
    }
}
