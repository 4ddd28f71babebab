package com.pieclouddb.flink.sync;

import java.time.Duration;
import java.util.Optional;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that an error that lasts does not cost the initial load: checkpoints are made and stay behind, and a job
 * that fails is restarted less and less often instead of every second.
 *
 * <p>Each of the three is set only where Flink's configuration says nothing of it. Where checkpoints go is the user's
 * to say; where nobody did, they are gone with the job, and that is told once.
 */
final class Recovery {

    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** Rows become visible at checkpoints, and the source goes from the snapshot to the log with one. */
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** After so long without a failure the first pause counts again. */
    private static final Duration RECOVERED = Duration.ofMinutes(10);

    /** By their names, since the constants of 1.18 are not those of later lines. */
    private static final ConfigOption<String> RETENTION = ConfigOptions.key(
                    "execution.checkpointing.externalized-checkpoint-retention")
            .stringType()
            .noDefaultValue();

    private static final String RETAINED = "RETAIN_ON_CANCELLATION";

    private static final ConfigOption<Boolean> FOLDER_OF_THE_JOB = ConfigOptions.key(
                    "execution.checkpointing.create-subdir")
            .booleanType()
            .defaultValue(true)
            .withFallbackKeys("state.checkpoints.create-subdir");

    /** The second name is that of Flink 1.18. */
    private static final ConfigOption<String> RESTORED_FROM = ConfigOptions.key("execution.state-recovery.path")
            .stringType()
            .noDefaultValue()
            .withDeprecatedKeys("execution.savepoint.path");

    private Recovery() {}

    /** Whether the job goes on from a savepoint or a checkpoint. */
    static boolean goesOn(StreamExecutionEnvironment env) {
        return env.getConfiguration().getOptional(RESTORED_FROM).isPresent();
    }

    /** Fills in what the configuration leaves open, and has the job tell where its checkpoints are. */
    static void prepare(StreamExecutionEnvironment env, String command) {
        ReadableConfig given = env.getConfiguration();
        if (!env.getCheckpointConfig().isCheckpointingEnabled()) {
            env.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
            LOG.info(
                    "execution.checkpointing.interval is not set: the job makes a checkpoint every {} s",
                    CHECKPOINT_INTERVAL.getSeconds());
        }
        Configuration defaults = new Configuration();
        Optional<String> folder = given.getOptional(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
        if (folder.isEmpty()) {
            LOG.warn(
                    "{} is not set: the job's checkpoints are in the memory of the JobManager and gone with the job."
                        + " If it ends by an error, or with the cluster, all rows have to be read again; set it to a"
                        + " folder that all machines have",
                    CheckpointingOptions.CHECKPOINTS_DIRECTORY.key());
        } else if (given.getOptional(RETENTION).isEmpty()) {
            defaults.set(RETENTION, RETAINED);
        }
        if (given.getOptional(RestartStrategyOptions.RESTART_STRATEGY).isEmpty()) {
            defaults.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
            defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, FIRST_PAUSE);
            defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, LONGEST_PAUSE);
            defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER, 2.0);
            defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD, RECOVERED);
            defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_JITTER_FACTOR, 0.1);
        }
        env.configure(defaults, Recovery.class.getClassLoader());
        boolean kept = given.getOptional(RETENTION).orElse(RETAINED).equals(RETAINED);
        boolean apart = given.get(FOLDER_OF_THE_JOB);
        folder.filter(path -> kept).ifPresent(path -> env.registerJobListener(new Listener(path, apart, command)));
    }

    /** What a user has to know to go on, with the job's own folder in it. */
    static String instructions(String folder, String command) {
        return "Checkpoints are in " + folder
                + " and stay there, also when the job fails or is cancelled. To go on from the last one, "
                + "with the flags that this command had:\n"
                + "  flink run -d -s " + folder + "/chk-<highest number> flink-sql-connector-pieclouddb-VERSION.jar "
                + command + " ...";
    }

    /** Tells it once the job has a name of its own. */
    private static final class Listener implements JobListener {

        private final String path;
        private final boolean apart;
        private final String command;

        private Listener(String path, boolean apart, String command) {
            this.path = path.replaceAll("/+$", "");
            this.apart = apart;
            this.command = command;
        }

        @Override
        public void onJobSubmitted(JobClient client, Throwable failure) {
            if (client != null) {
                JobID job = client.getJobID();
                System.out.println(instructions(apart ? path + "/" + job.toHexString() : path, command));
            }
        }

        @Override
        public void onJobExecuted(JobExecutionResult result, Throwable failure) {
            // Flink tells the job's end itself.
        }
    }
}
