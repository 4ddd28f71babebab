package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server is asked before a job starts and when its readers open: each rule that MariaDB can show. */
@Tag("mysql-cdc")
@EachOnOneLine
class ServerRulesIT {

    private static MariaDb source;
    private static Postgres target;

    private final List<Job> jobs = new ArrayList<>();

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        source = MariaDb.start();
        target = SyncCommand.startTarget();
        source.asRoot("CREATE USER cdc@'%' IDENTIFIED BY 'source-password'; "
                + "GRANT SELECT, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO cdc@'%'");
    }

    @AfterAll
    static void stop() throws IOException {
        source.close();
        target.close();
    }

    @AfterEach
    void endJobs() throws Exception {
        for (Job job : jobs) {
            if (!job.hasEnded()) {
                job.cancel(Job.DEADLINE);
            }
        }
    }

    @BeforeEach
    void fill() throws SQLException {
        target.execute("DROP TABLE IF EXISTS public.t");
        source.execute(
                "DROP DATABASE IF EXISTS rules",
                "CREATE DATABASE rules",
                "CREATE TABLE rules.t (id INT PRIMARY KEY)",
                "INSERT INTO rules.t VALUES (1)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "binlog_format | 'STATEMENT' | 'ROW' | binlog_format = STATEMENT: changes are logged as statements",
                "binlog_row_image | 'MINIMAL' | 'FULL' | binlog_row_image = MINIMAL: rows in the log lack columns",
                "log_bin_compress | 1 | 0 | log_bin_compress = ON: rows and statements in the log are compressed",
                "binlog_alter_two_phase | 1 | 0 | binlog_alter_two_phase = ON: an ALTER TABLE is logged before it is"
                        + " done",
            })
    void aSettingThatLosesChangesIsRefused(String name, String bad, String good, String reason) throws SQLException {
        source.execute("SET GLOBAL " + name + " = " + quoted(bad));
        try {
            refused(MariaDb.USER, MariaDb.PASSWORD, reason);
        } finally {
            source.execute("SET GLOBAL " + name + " = " + quoted(good));
        }
    }

    /** The server's answer comes first: what its tables are does not matter then. */
    @Test
    void aServerIsRefusedBeforeItsTablesAreLookedAt() throws SQLException {
        source.execute("CREATE TABLE rules.unread (id UUID PRIMARY KEY)", "SET GLOBAL binlog_row_image = 'MINIMAL'");
        try {
            refused(MariaDb.USER, MariaDb.PASSWORD, "binlog_row_image = MINIMAL: rows in the log lack columns");
        } finally {
            source.execute("SET GLOBAL binlog_row_image = 'FULL'");
        }
        assertThatThrownBy(() -> accepted(MariaDb.USER, MariaDb.PASSWORD))
                .hasMessageContaining("'rules.unread': column 'id' is of type uuid");
    }

    private static String quoted(String value) {
        return value.matches("[0-9]") ? value : "'" + value + "'";
    }

    @Test
    void aReplicaThatDoesNotLogWhatItRepeatsIsRefused() throws Exception {
        source.execute(
                "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'nobody'",
                "SET GLOBAL replicate_do_db = 'some'");
        try {
            assertThat(warnings(() -> refused(
                            MariaDb.USER,
                            MariaDb.PASSWORD,
                            "log_slave_updates = OFF: the changes of the server that it repeats are not in its log")))
                    .anyMatch(line -> line.contains("replicate_do_db = some: the replica lacks changes"));
        } finally {
            source.execute("SET GLOBAL replicate_do_db = ''", "RESET SLAVE ALL");
        }
    }

    @Test
    void aServerThatOnlyReadsIsWarnedOfWhereTheUserMayNotAskMore() throws Exception {
        source.execute("SET GLOBAL read_only = 1");
        try {
            assertThat(warnings(() -> accepted("cdc", "source-password")))
                    .anyMatch(line -> line.contains("log_slave_updates = OFF: if it is a replica"));
            assertThat(warnings(() -> accepted(MariaDb.USER, MariaDb.PASSWORD))).isEmpty();
        } finally {
            source.execute("SET GLOBAL read_only = 0");
        }
    }

    @Test
    void aServerWhoseLogRunsAheadOfItsRowsIsWarnedOf() throws Exception {
        source.execute(
                "SET GLOBAL rpl_semi_sync_master_enabled = 1",
                "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'");
        try {
            assertThat(warnings(() -> accepted(MariaDb.USER, MariaDb.PASSWORD)))
                    .singleElement()
                    .asString()
                    .contains("rpl_semi_sync_master_wait_point = AFTER_SYNC: ");
            source.execute("SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_COMMIT'");
            assertThat(warnings(() -> accepted(MariaDb.USER, MariaDb.PASSWORD))).isEmpty();
        } finally {
            source.execute(
                    "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_COMMIT'",
                    "SET GLOBAL rpl_semi_sync_master_enabled = 0");
        }
    }

    @Test
    void tablesWhoseRowsChangeWithoutTheLogAreNamed() throws Exception {
        source.execute(
                "USE rules",
                "CREATE TABLE m (id INT PRIMARY KEY) ENGINE = MEMORY",
                "CREATE TABLE a (id INT PRIMARY KEY) ENGINE = MyISAM",
                "CREATE TABLE u (id INT PRIMARY KEY) ENGINE = MRG_MyISAM UNION = (a)",
                "CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES t (id) ON DELETE"
                        + " SET NULL)",
                "CREATE TABLE child2 (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES t (id) ON DELETE"
                        + " RESTRICT)",
                "CREATE TABLE c (id INT PRIMARY KEY, x VARCHAR(5) CHARACTER SET gbk)",
                "CREATE TABLE elsewhere (id INT PRIMARY KEY) ENGINE = MEMORY");
        List<String> told = warnings(() -> accepted(MariaDb.USER, MariaDb.PASSWORD, "--excluding-tables", "elsewhere"));
        assertThat(told)
                .anyMatch(line -> line.contains("tables rules.m: it is empty after a restart of the server"))
                .anyMatch(line -> line.contains("tables rules.u: rows come or go elsewhere"))
                .anyMatch(line -> line.contains("tables rules.a: a transaction that writes to it and is rolled back"))
                .anyMatch(line -> line.contains("tables rules.child: rows that such a key deletes or changes"))
                .anyMatch(line -> line.contains("tables rules.c: Java's charset of that name differs"))
                .hasSize(5);
    }

    @Test
    void aPreparedTransactionIsWarnedOf() throws Exception {
        try (MariaDb other = MariaDb.start()) {
            other.execute(
                    "CREATE DATABASE rules",
                    "CREATE TABLE rules.t (id INT PRIMARY KEY)",
                    "XA START 'x1'",
                    "INSERT INTO rules.t VALUES (2)",
                    "XA END 'x1'",
                    "XA PREPARE 'x1'");
            assertThat(warnings(() -> accepted(other, MariaDb.USER, MariaDb.PASSWORD)))
                    .singleElement()
                    .asString()
                    .contains("XA RECOVER has 1: ");
        }
    }

    @Test
    void aLogThatLeavesDatabasesOutIsRefused() throws Exception {
        try (MariaDb filtered = MariaDb.start("--binlog-do-db=rules")) {
            filtered.execute("CREATE DATABASE rules", "CREATE TABLE rules.t (id INT PRIMARY KEY)");
            refused(filtered, MariaDb.USER, MariaDb.PASSWORD, "binlog_do_db = rules: the log leaves databases out");
        }
    }

    @Test
    void aServerWithoutALogIsRefused() throws Exception {
        try (MariaDb mute = MariaDb.start("--skip-log-bin")) {
            mute.execute("CREATE DATABASE rules", "CREATE TABLE rules.t (id INT PRIMARY KEY)");
            refused(mute, MariaDb.USER, MariaDb.PASSWORD, "log_bin = OFF: the server writes no log of changes");
        }
    }

    @Test
    void anotherServerIsRefusedAtARestartUnlessTheUserSaysThatItIsNone() throws Exception {
        Job job = follow();
        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        source.execute("SET GLOBAL server_id = 2", "INSERT INTO rules.t VALUES (3)");
        try {
            Job refused = submitted(job().from(savepoint), command(source));
            assertThat(ExceptionUtils.stringifyException(refused.failure()))
                    .contains(
                            "The source is another server than the one whose log was read: it is 'server_id 2,"
                                    + " hostname ",
                            "and was 'server_id 1, hostname ",
                            "--mysql-conf other-server=accept");
            assertThat(target.query("SELECT id FROM public.t ORDER BY 1")).containsExactly("1", "2");

            submitted(job().from(savepoint), command(source).source("other-server=accept"));
            awaitIds("1", "2", "3");
        } finally {
            source.execute("SET GLOBAL server_id = 1");
        }
    }

    /** A restart by Flink is no new command: the readers ask. */
    @Test
    void aSettingThatWasChangedMeanwhileIsRefusedWhenTheReadersOpen() throws Exception {
        Job job = follow();
        source.execute("SET GLOBAL binlog_row_image = 'MINIMAL'");
        try {
            // The watch ends the first attempt here, and the second one ends before it reads anything.
            source.execute("USE rules", "SET SESSION binlog_format = 'STATEMENT'", "INSERT INTO t VALUES (3)");
            assertThat(ExceptionUtils.stringifyException(job.failure()))
                    .contains("The source's server cannot be followed", "binlog_row_image = MINIMAL: ");
            assertThat(target.query("SELECT id FROM public.t ORDER BY 1")).containsExactly("1", "2");
        } finally {
            source.execute("SET GLOBAL binlog_row_image = 'FULL'");
        }
    }

    /** A job that follows the log. */
    private Job follow() throws Exception {
        Job job = submitted(job(), command(source));
        awaitIds("1");
        source.execute("INSERT INTO rules.t VALUES (2)");
        awaitIds("1", "2");
        return job;
    }

    private Job submitted(Job job, SyncCommand command) throws Exception {
        command.submit(job, 1);
        jobs.add(job);
        return job;
    }

    private static Job job() {
        return Job.withCheckpoints(Duration.ofMillis(300))
                .with("restart-strategy.type", "fixed-delay")
                .with("restart-strategy.fixed-delay.attempts", "1")
                .with("restart-strategy.fixed-delay.delay", "200 ms");
    }

    private static void awaitIds(String... ids) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(target.query("SELECT id FROM public.t ORDER BY 1"))
                        .containsExactly(ids));
    }

    private static void refused(String user, String password, String reason) {
        refused(source, user, password, reason);
    }

    private static void refused(MariaDb server, String user, String password, String reason) {
        assertThatThrownBy(() -> accepted(server, user, password))
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("The source's server cannot be followed; see docs/sync-job.md")
                .hasMessageContaining(reason)
                .hasMessageNotContaining(password);
    }

    private static void accepted(String user, String password, String... more) throws Exception {
        accepted(source, user, password, more);
    }

    /** Planned without a job. */
    private static void accepted(MariaDb server, String user, String password, String... more) throws Exception {
        command(server)
                .as(user, password)
                .with("--create-table-only")
                .with(more)
                .run();
    }

    private static SyncCommand command(MariaDb server) {
        return SyncCommand.of(server, target, "rules");
    }

    /** What was said of the server meanwhile. */
    private static List<String> warnings(Step step) throws Exception {
        try (LogCapture log = LogCapture.open()) {
            step.run();
            return log.lines().stream()
                    .filter(line -> line.startsWith("WARN") && line.contains("of the source's server: "))
                    .collect(Collectors.toList());
        }
    }

    /** A step of a test. */
    private interface Step {
        void run() throws Exception;
    }
}
