package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No table is missing in silence, and no reader of the log stands still in silence. */
@Tag("mysql-cdc")
@EachOnOneLine
class MissingTablesIT {

    private static MariaDb source;
    private static Postgres target;

    private Job job;

    @BeforeAll
    static void start() throws IOException {
        source = MariaDb.start();
        target = SyncCommand.startTarget();
    }

    @AfterAll
    static void stop() throws IOException {
        source.close();
        target.close();
    }

    @BeforeEach
    void fill() throws SQLException {
        target.execute("DROP SCHEMA IF EXISTS missing CASCADE");
        source.execute(
                "DROP DATABASE IF EXISTS missing",
                "CREATE DATABASE missing",
                "CREATE TABLE missing.t (id INT PRIMARY KEY)",
                "INSERT INTO missing.t VALUES (1)");
    }

    @AfterEach
    void endJob() throws Exception {
        if (job != null && !job.hasEnded()) {
            job.cancel(Job.DEADLINE);
        }
    }

    /**
     * Flink CDC has listed the tables, and its first piece is not read: a table that comes now is in neither snapshot
     * nor log.
     */
    @Test
    void aTableThatIsCreatedBetweenThePlanAndTheFirstPieceIsRead() throws Exception {
        try (Connection session = source.connect();
                Statement locking = session.createStatement()) {
            locking.execute("LOCK TABLES missing.t WRITE");
            submit(source.port());
            await().atMost(Job.DEADLINE)
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(
                                    source.query("SELECT count(*) FROM information_schema.processlist WHERE state ="
                                            + " 'Waiting for table metadata lock'"))
                            .isNotEqualTo(List.of("0")));
            source.execute(
                    "CREATE TABLE missing.between_them (id INT PRIMARY KEY, a VARCHAR(5))",
                    "INSERT INTO missing.between_them VALUES (1, 'x'), (2, 'y')",
                    "DELETE FROM missing.between_them WHERE id = 1");
            locking.execute("UNLOCK TABLES");
        }
        awaitRows("SELECT id FROM missing.t", "1");
        awaitRows("SELECT id, a FROM missing.between_them", "2|y");
        source.execute("INSERT INTO missing.between_them VALUES (3, 'z')", "UPDATE missing.t SET id = 5");
        awaitRows("SELECT id, a FROM missing.between_them ORDER BY 1", "2|y", "3|z");
        awaitRows("SELECT id FROM missing.t", "5");
    }

    @Test
    void aTableThatFlinkCdcDoesNotKnowIsNamedOnceAndCounted() throws Exception {
        MetricsCapture.clear();
        submit(source.port());
        awaitRows("SELECT id FROM missing.t", "1");
        // The log is followed from here on; a table that Flink CDC cannot read ends the job before.
        source.execute("INSERT INTO missing.t VALUES (2)");
        awaitRows("SELECT id FROM missing.t ORDER BY 1", "1", "2");
        try (LogCapture log = LogCapture.open()) {
            source.execute(
                    "USE missing",
                    "CREATE TABLE known (id INT PRIMARY KEY)",
                    "INSERT INTO known VALUES (1)",
                    "CREATE TABLE unknown (id UUID PRIMARY KEY)",
                    "CREATE TABLE tmp_unknown (id UUID PRIMARY KEY)");
            awaitRows("SELECT id FROM missing.known", "1");
            awaitMissing(1);
            source.execute("DROP TABLE missing.unknown");
            awaitMissing(0);
            assertThat(log.lines().stream()
                            .filter(line -> line.startsWith("WARN") && line.contains("has no definition of it")))
                    .singleElement()
                    .asString()
                    .contains("table 'missing.unknown' of the source is selected");
        }
        source.execute("INSERT INTO missing.t VALUES (3)");
        awaitRows("SELECT id FROM missing.t ORDER BY 1", "1", "2", "3");
    }

    /** The client hears nothing any more and no end of its connection, as behind a gateway that forgot it. */
    @Test
    void aReaderThatStandsStillEndsTheJob() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before(source.port());
                LogCapture log = LogCapture.open()) {
            submit(proxy.port());
            awaitRows("SELECT id FROM missing.t", "1");
            source.execute("INSERT INTO missing.t VALUES (2)");
            awaitRows("SELECT id FROM missing.t ORDER BY 1", "1", "2");
            // That of the log's client alone: a comparison that is held would wait for its deadline.
            List<String> ofLogs =
                    source.query("SELECT host FROM information_schema.processlist WHERE command = 'Binlog Dump'");
            proxy.stall(proxy.links().stream()
                    .filter(link -> ofLogs.contains("127.0.0.1:" + link.portAtServer()))
                    .collect(Collectors.toList()));
            source.execute("INSERT INTO missing.t VALUES (3)");
            await().atMost(Job.DEADLINE)
                    .until(() -> log.lines().stream().anyMatch(line -> line.contains("stands still at")));
            // So that what ends now can say goodbye; else it takes minutes.
            proxy.resume();
            assertThat(ExceptionUtils.stringifyException(job.failure()))
                    .contains(
                            "The reader of the source's binary log stands still at binlog.0",
                            "while the log goes on to binlog.0");
        }
    }

    @Test
    void anotherServerBehindTheSameNameEndsTheJob() throws Exception {
        submit(source.port());
        awaitRows("SELECT id FROM missing.t", "1");
        source.execute("SET GLOBAL server_id = 2");
        try {
            assertThat(ExceptionUtils.stringifyException(job.failure()))
                    .contains("The source is another server than the one whose log was read");
        } finally {
            source.execute("SET GLOBAL server_id = 1");
        }
    }

    /** A server that does not answer holds up neither rows nor checkpoints. */
    @Test
    void aComparisonThatFailsEndsNothing() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before(source.port());
                LogCapture log = LogCapture.open()) {
            submit(proxy.port());
            awaitRows("SELECT id FROM missing.t", "1");
            source.execute("INSERT INTO missing.t VALUES (2)");
            awaitRows("SELECT id FROM missing.t ORDER BY 1", "1", "2");
            proxy.refuseNew();
            await().atMost(Job.DEADLINE)
                    .until(() -> log.lines().stream()
                            .anyMatch(line -> line.contains(
                                    "the source's tables cannot be compared with those that the job follows")));
            source.execute("INSERT INTO missing.t VALUES (3)");
            awaitRows("SELECT id FROM missing.t ORDER BY 1", "1", "2", "3");
        }
    }

    private void submit(int port) throws Exception {
        job = Job.withCheckpoints(Duration.ofMillis(300)).with(MetricsCapture.OPTION, MetricsCapture.class.getName());
        SyncCommand.of(source, target, "missing")
                .through(port)
                .source("check.interval=300ms")
                .sink("schema-name={database}")
                .with("--excluding-tables", "tmp_.*")
                .submit(job, 1);
    }

    private static void awaitMissing(int count) {
        await().atMost(Job.DEADLINE)
                .untilAsserted(() -> assertThat(MetricsCapture.gauge("enumerator.tablesMissing"))
                        .isEqualTo(count));
    }

    private static void awaitRows(String query, String... rows) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(target.query(query)).containsExactly(rows));
    }
}
