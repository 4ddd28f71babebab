package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.util.ExceptionUtils;

/**
 * A job that follows many databases while their tables change, and goes on as docs/sync-job.md says where it stops:
 * from the last checkpoint, without the tables that it stopped at.
 */
final class ManyDefinitions {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** A table, or a database, as the source names it, or the target. */
    private static final Pattern TABLE =
            Pattern.compile("(?:'|of table ')((?:c|r)\\d+)x?(?:\\.[^']*)?'|\"((?:c|r)\\d+)x?\"\\.");

    private final MariaDb source;
    private final Postgres target;
    private final CheckpointFolder checkpoints;
    private final Set<String> left = new LinkedHashSet<>();
    private final Map<String, String> reasons = new LinkedHashMap<>();

    /** Databases at whose target the job ended, which then was as the source's table. */
    private final Set<String> endedAtTarget = new LinkedHashSet<>();

    private Job job;
    private int marks = 1;

    ManyDefinitions(MariaDb source, Postgres target, Path folder) {
        this.source = source;
        this.target = target;
        checkpoints = new CheckpointFolder(folder);
    }

    /** Starts the job and waits until it follows the log. */
    void start() throws Exception {
        source.execute(
                "CREATE DATABASE c_start",
                "CREATE TABLE c_start.t (id INT PRIMARY KEY)",
                "INSERT INTO c_start.t VALUES (1)");
        submit(null);
        await().atMost(PATIENCE.multipliedBy(4))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .until(() -> target.count("SELECT count(*) FROM c_start.t") == marks);
        // Its piece of the snapshot is read: this row comes with the log, behind the snapshot of all tables.
        catchUp();
    }

    /**
     * Waits until the target has all that the log has now; goes on where the job stops. A second mark is there when all
     * tables have what came with the first.
     */
    void catchUp() throws Exception {
        for (int i = 0; i < 2; i++) {
            source.execute("INSERT INTO c_start.t VALUES (" + ++marks + ")");
            settle("c_start", () -> target.count("SELECT count(*) FROM c_start.t") == marks);
        }
    }

    private void submit(String checkpoint) throws Exception {
        job = checkpoints.retainedBy(Job.withCheckpoints(Duration.ofMillis(500)));
        if (checkpoint != null) {
            job.from(checkpoint);
        }
        SyncCommand command = new FollowedDatabase(source, target)
                .commandOf("(c|r)(\\d+x?|_start)")
                .sink("schema-name={database}")
                .with("--ignore-incompatible");
        if (!left.isEmpty()) {
            command = command.with("--excluding-tables", "(" + String.join("|", left) + ")x?\\..*");
        }
        command.submit(job, 1);
    }

    /**
     * Waits until a database's rows are right, or the job stopped in front of one of them; it goes on without it then.
     */
    void settle(String database, Right right) throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!left.contains(database) && !right.isReached()) {
            if (job.client().getJobExecutionResult().isDone()) {
                goOn();
                until = System.nanoTime() + PATIENCE.toNanos();
            }
            if (System.nanoTime() > until) {
                throw new AssertionError(database + " is neither right nor stopped");
            }
            Thread.sleep(100);
        }
    }

    private void goOn() throws Exception {
        String failure = ExceptionUtils.stringifyException(job.failure());
        Matcher table = TABLE.matcher(failure);
        assertThat(table.find()).as("names the table: %s", failure).isTrue();
        String database = table.group(1) == null ? table.group(2) : table.group(1);
        if (!failure.contains("The job stops") && endedAtTarget.add(database)) {
            System.out.println("ended at the target of " + database + ": "
                    + failure.replaceAll("(?s).*?(\\S*PieCloudDBException[^\\n]*).*", "$1"));
            submit(checkpoints.newest());
            return;
        }
        assertThat(left.add(database))
                .as("stops at %s once: %s", database, failure)
                .isTrue();
        Matcher told =
                Pattern.compile("(The job stops at|PieCloudDBException)[^\\n]*").matcher(failure);
        reasons.put(
                database,
                told.find() ? told.group() : failure.lines().findFirst().orElse(""));
        submit(checkpoints.newest());
    }

    /** Why the job stopped, by databases. */
    Map<String, String> reasons() {
        return reasons;
    }

    void end() throws Exception {
        job.cancel(Job.DEADLINE);
    }

    /** Whether all rows are there. */
    @FunctionalInterface
    interface Right {
        boolean isReached() throws Exception;
    }
}
