package com.pieclouddb.flink.it;

import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;

/** One job in a MiniCluster of its own, described step by step, and what a test asks of it once it runs. */
final class Job {

    /**
     * For what comes by itself unless it hangs, and is no promise; a busy machine takes two minutes for the largest
     * job.
     */
    static final Duration DEADLINE = Duration.ofMinutes(5);

    /** Those that the running test has started. */
    private static final List<Job> STARTED = new CopyOnWriteArrayList<>();

    private final Configuration configuration = new Configuration();
    private JobClient client;

    private Job() {}

    /** Without checkpoints and without restarts. */
    static Job withoutCheckpoints() {
        Job job = new Job();
        return job.with("restart-strategy.type", "none");
    }

    /** With checkpoints every so often. */
    static Job withCheckpoints(Duration interval) {
        String every = interval.toMillis() + " ms";
        Job job = withoutCheckpoints().with("execution.checkpointing.interval", every);
        // Flink 2.3 takes the first one at once, unless they have to be so far apart.
        return interval.compareTo(Duration.ofMinutes(1)) < 0
                ? job
                : job.with("execution.checkpointing.min-pause", every);
    }

    Job with(String option, String value) {
        configuration.setString(option, value);
        return this;
    }

    /** Restarts by itself, so often that only a permanent failure ends it. */
    Job restarting() {
        return with("restart-strategy.type", "fixed-delay")
                .with("restart-strategy.fixed-delay.attempts", "1000")
                .with("restart-strategy.fixed-delay.delay", "200 ms");
    }

    Job from(String savepoint) {
        return with("execution.savepoint.path", savepoint);
    }

    StreamExecutionEnvironment environment(int parallelism) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
        env.setMaxParallelism(128);
        return env;
    }

    /** SQL in streaming mode, where Flink 2.3 too leaves it to the sink what becomes of two rows of one key. */
    static TableEnvironment sql() {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        tables.getConfig().set("table.exec.sink.require-on-conflict", "false");
        return tables;
    }

    /** A sink into the table, for the rows of a {@link Changelog}. */
    static PieCloudDBSinkBuilder<Row> sink(Postgres server, String table) {
        return PieCloudDBSink.<Row>builder()
                .hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .table(table)
                .rowType(Changelog.ROW_TYPE)
                .converter(RowConverter.forRow(Changelog.TYPE));
    }

    /** Starts source and sink at one parallelism. */
    <T> Job start(int parallelism, ChangelogSource<T> source, PieCloudDBSink<T> sink) throws Exception {
        StreamExecutionEnvironment env = environment(parallelism);
        source.in(env).sinkTo(sink).uid("sink");
        return start(env);
    }

    Job start(StreamExecutionEnvironment env) throws Exception {
        return attach(env.executeAsync());
    }

    Job attach(JobClient running) {
        client = running;
        STARTED.add(this);
        return this;
    }

    /** A test is over; after one that failed, what it started tells why it ended, or is cancelled. */
    static void forgetAll(boolean failed) throws InterruptedException {
        for (Job job : STARTED) {
            if (failed) {
                job.tellOrCancel();
            }
        }
        STARTED.clear();
    }

    private void tellOrCancel() throws InterruptedException {
        try {
            if (hasEnded()) {
                System.err.println("a job of a failed test had ended: " + causes(failure()));
            } else {
                cancel(DEADLINE);
            }
        } catch (AssertionError finished) {
            System.err.println("a job of a failed test had finished");
        } catch (ExecutionException | TimeoutException e) {
            System.err.println("a job of a failed test does not end: " + e);
        }
    }

    private static String causes(Throwable failure) {
        StringBuilder causes = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.append("\n    caused by: ").append(cause);
        }
        return causes.toString();
    }

    /** Waits for the end of the input. */
    void finish() throws Exception {
        finishWithin(DEADLINE);
    }

    /** The same, for a job that must not take longer. */
    void finishWithin(Duration deadline) throws Exception {
        client.getJobExecutionResult().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits until the job has failed for good and gives the whole story of it. */
    Throwable failure() throws InterruptedException, TimeoutException {
        try {
            client.getJobExecutionResult().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            throw new AssertionError("the job should have failed, but finished");
        } catch (ExecutionException e) {
            return e;
        }
    }

    void awaitRunning() {
        await().atMost(DEADLINE).until(() -> client.getJobStatus().get() == JobStatus.RUNNING);
    }

    /** What is waited for never comes from a job that has ended: why it has is the cause then. */
    void assertHasNotEnded() throws InterruptedException, TimeoutException {
        if (hasEnded()) {
            throw new AssertionError("the job has ended", failure());
        }
    }

    /** Or never began. */
    boolean hasEnded() {
        return client == null || client.getJobExecutionResult().isDone();
    }

    /** Cancels and waits until every task has ended. */
    void cancel(Duration deadline) throws ExecutionException, InterruptedException, TimeoutException {
        client.cancel().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        try {
            client.getJobExecutionResult().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException canceled) {
            // A canceled job has no result: that is how its end is told.
        }
    }

    JobClient client() {
        return client;
    }
}
