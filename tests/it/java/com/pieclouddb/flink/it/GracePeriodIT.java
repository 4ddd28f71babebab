package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.types.Row;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What worked before a failover and does not after it: a fault that passes is waited for in place, without another
 * restart, and the job ends exact; one that lasts ends it after {@code sink.recovery.grace-period}, and what never
 * worked ends it at once.
 */
@EachOnOneLine
class GracePeriodIT {

    private static final int PARTITIONS = 2;
    private static final int CHANGES = 12_000;

    /** Each partition stands here until the fault is there. */
    private static final int HELD = 3_000;

    private static final String RESTARTS = "switched from state RUNNING to RESTARTING";

    /** What an attempt meets that had none of it before. */
    private enum Fault {
        NOLOGIN("ALTER ROLE loader NOLOGIN", "28000", "ALTER ROLE loader LOGIN"),
        PASSWORD("ALTER ROLE loader PASSWORD 'pw-after'", "28P01", "ALTER ROLE loader PASSWORD 'pw-before'"),
        SWAP(
                "BEGIN; LOCK TABLE t; CREATE TABLE next (LIKE t INCLUDING ALL); INSERT INTO next SELECT * FROM t; "
                        + "GRANT SELECT, INSERT, DELETE ON next TO loader; ALTER TABLE t RENAME TO last; COMMIT",
                "\"public\".\"t\": does not exist",
                "ALTER TABLE next RENAME TO t");

        private final String begins;
        private final String told;
        private final String ends;

        Fault(String begins, String told, String ends) {
            this.begins = begins;
            this.told = told;
            this.ends = ends;
        }
    }

    /** What ends the attempt before: its task alone, or the server before it. */
    private enum Failover {
        TASK,
        SERVER
    }

    private Postgres server;

    @BeforeEach
    void start() throws Exception {
        server = Postgres.startWithPassword("md5", "of-the-superuser");
        server.execute(
                "CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ")",
                "CREATE ROLE loader LOGIN PASSWORD 'pw-before'",
                "GRANT SELECT, INSERT, DELETE ON t TO loader",
                "GRANT CREATE, TEMPORARY ON DATABASE postgres TO loader");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "NOLOGIN, SERVER, at-least-once, MERGE",
        "PASSWORD, TASK, exactly-once, APPEND",
        "SWAP, TASK, at-least-once, MERGE",
        "SWAP, SERVER, exactly-once, MERGE"
    })
    void aFaultThatPassesIsNotTheEnd(Fault fault, Failover failover, String guarantee, LoadMode mode) throws Exception {
        goesOn(fault, failover, guarantee, mode);
    }

    @ParameterizedTest
    @CsvSource({
        "NOLOGIN, TASK, at-least-once, MERGE",
        "NOLOGIN, TASK, exactly-once, APPEND",
        "NOLOGIN, SERVER, exactly-once, MERGE",
        "PASSWORD, TASK, at-least-once, MERGE",
        "PASSWORD, SERVER, at-least-once, MERGE",
        "PASSWORD, SERVER, exactly-once, MERGE",
        "SWAP, SERVER, at-least-once, MERGE",
        "SWAP, TASK, exactly-once, APPEND",
        "SWAP, SERVER, exactly-once, APPEND"
    })
    @EnabledIfEnvironmentVariable(named = "PIE_LONG", matches = "true", disabledReason = "long: part of ./test all")
    void otherFaultsThatPass(Fault fault, Failover failover, String guarantee, LoadMode mode) throws Exception {
        goesOn(fault, failover, guarantee, mode);
    }

    private void goesOn(Fault fault, Failover failover, String guarantee, LoadMode mode) throws Exception {
        String name = "grace " + fault + failover + guarantee + mode;
        Changelog changelog = changelog(mode);
        try (LogCapture log = LogCapture.open()) {
            Job job = failed(fault, failover, name, sink(mode).option("sink.delivery-guarantee", guarantee), changelog);
            await().atMost(Job.DEADLINE).until(() -> isWaitedForInPlace(fault, log));
            long restarts = restarts(log);
            // The fault lasts: no condition says when that is long enough.
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            server.execute(fault.ends);
            job.finish();
            assertThat(restarts(log)).as("restarts once it was waited in place").isEqualTo(restarts);
            assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("WARN") && line.contains("it worked before"))
                    .as("one warning of each connection")
                    .hasSizeLessThanOrEqualTo(2 * PARTITIONS);
        }
        List<String> rows = server.query(Changelog.select("t"));
        rows.sort(null);
        assertThat(rows).isEqualTo(mode == LoadMode.MERGE ? changelog.finalRows() : changelog.insertedRows());
    }

    @ParameterizedTest
    @CsvSource({"NOLOGIN, AUTH", "SWAP, TARGET"})
    void aFaultThatLastsEndsTheJobAfterThePeriod(Fault fault, String kind) throws Exception {
        Job job = failed(
                fault,
                Failover.TASK,
                "lasts " + fault,
                sink(LoadMode.MERGE).option("sink.recovery.grace-period", "2s"),
                changelog(LoadMode.MERGE));
        ended(job, kind, fault.told, "has failed for", "'sink.recovery.grace-period'");
    }

    @Test
    void aRoleThatNeverCouldLogInEndsTheJobAtOnce() throws Exception {
        server.execute(Fault.NOLOGIN.begins);
        long began = System.nanoTime();
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(
                        PARTITIONS,
                        ChangelogSource.of(changelog(LoadMode.MERGE)),
                        sink(LoadMode.MERGE).build());
        ended(job, "AUTH", "28000", "\"loader\"");
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("shorter than the period")
                .isLessThan(Duration.ofMinutes(1));
    }

    /** A job whose first attempt worked and has ended, when the next one meets the fault. */
    private Job failed(
            Fault fault, Failover failover, String name, PieCloudDBSinkBuilder<Row> sink, Changelog changelog)
            throws Exception {
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(
                        PARTITIONS,
                        ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, HELD),
                        sink.build());
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= PARTITIONS * HELD);
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM t") > 0);
        server.execute(fault.begins);
        if (failover == Failover.SERVER) {
            server.kill();
            server.restart();
        }
        Gate.named(name).fail();
        Gate.named(name).open();
        return job;
    }

    /** For good, with all of these words. */
    private static void ended(Job job, String kind, String... words) throws Exception {
        Throwable failure = job.failure();
        PieCloudDBException permanent = ExceptionUtils.findThrowable(failure, PieCloudDBException.Permanent.class)
                .orElseThrow(() -> new AssertionError("no permanent failure in the chain", failure));
        assertThat(permanent.kind()).hasToString(kind);
        assertThat(permanent.getMessage()).contains(words).doesNotContain("pw-before");
    }

    /** By an attempt that is not the first. */
    private static boolean isWaitedForInPlace(Fault fault, LogCapture log) {
        return log.lines().stream()
                .dropWhile(line -> !line.contains(RESTARTS))
                .anyMatch(line -> line.contains("it worked before") && line.contains(fault.told));
    }

    private static long restarts(LogCapture log) {
        return log.lines().stream().filter(line -> line.contains(RESTARTS)).count();
    }

    private static Changelog changelog(LoadMode mode) {
        return mode == LoadMode.MERGE
                ? Changelog.full(CHANGES, CHANGES / 10, PARTITIONS)
                : Changelog.inserts(CHANGES, CHANGES / 10, PARTITIONS);
    }

    private PieCloudDBSinkBuilder<Row> sink(LoadMode mode) {
        return Job.sink(server, "t")
                .username("loader")
                .password("pw-before")
                .primaryKey("id")
                .loadMode(mode);
    }
}
