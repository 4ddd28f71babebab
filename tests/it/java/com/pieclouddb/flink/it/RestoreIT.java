package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that ended goes on from the checkpoint that it left behind: nothing that it had read is read again. */
@Tag("mysql-cdc")
@EachOnOneLine
class RestoreIT {

    private static final int ROWS = 3000;
    /** By default the targets would get what they lack. */
    private static final String REFUSING = "schema.change.behavior=exception";

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static MariaDb source;
    private static Postgres target;

    private final String database = "r" + DATABASES.incrementAndGet();
    private CheckpointFolder checkpoints;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        source = MariaDb.start();
        target = SyncCommand.startTarget();
        source.asRoot(
                "CREATE USER cdc@'%' IDENTIFIED BY 'source-password'; GRANT SELECT, SHOW DATABASES, REPLICATION SLAVE,"
                    + " REPLICATION CLIENT ON *.* TO cdc@'%'; SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log"
                    + " = 1");
    }

    @AfterAll
    static void stop() throws IOException {
        source.close();
        target.close();
    }

    @BeforeEach
    void fillTheSource(@TempDir Path folder) throws SQLException {
        checkpoints = new CheckpointFolder(folder);
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE large (id INT PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO large SELECT seq, concat('row ', seq) FROM seq_1_to_" + ROWS,
                "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b INT)",
                "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)");
    }

    @Test
    void aRowThatCannotBeStoredCostsNoSnapshot() throws Exception {
        Job job = started();
        long reads = readsOfTheLargeTable();
        assertThat(reads).isPositive();
        source.execute(
                "USE " + database,
                "INSERT INTO large VALUES (5000, 'with it')",
                "INSERT INTO t VALUES (4, 'a\\0b', 4)",
                "INSERT INTO t VALUES (5, 'five', 5)");
        assertThat(ExceptionUtils.stringifyException(job.failure()))
                .contains(
                        "\"t\", column \"a\": the text holds U+0000",
                        "correct it in the source",
                        "'sink.error-rows.action' = 'skip'");
        source.execute(
                "USE " + database,
                "UPDATE t SET a = 'ab' WHERE id = 4",
                "INSERT INTO large VALUES (5001, 'behind it')");

        // The log still has the row as it was.
        Job again = run(checkpoints.newest());
        assertThat(ExceptionUtils.stringifyException(again.failure())).contains("the text holds U+0000");
        Job past = run(checkpoints.newest(), "sink.error-rows.action=skip");
        awaitEqual("large", "t");
        source.execute("USE " + database, "DELETE FROM large WHERE id < 10", "DELETE FROM t WHERE id = 4");
        awaitEqual("large", "t");
        past.cancel(Job.DEADLINE);
        assertThat(readsOfTheLargeTable()).as("the snapshot is not read again").isEqualTo(reads);
    }

    /** Rows of before the change stand in the log behind the checkpoint. */
    @ParameterizedTest
    @ValueSource(strings = {"ADD c INT DEFAULT 7", "DROP b", "DROP b, DROP a"})
    void columnsThatWereAddedOrDroppedOnBothSidesWhileTheJobWasDown(String change) throws Exception {
        stopped();
        source.execute(
                "USE " + database,
                "INSERT INTO t VALUES (3, 'before', 3)",
                "UPDATE t SET a = 'changed' WHERE id = 1",
                "ALTER TABLE t " + change,
                "INSERT INTO t (id) VALUES (4)",
                "DELETE FROM t WHERE id = 2");
        target.execute("ALTER TABLE " + database + ".t " + change);
        Job job = run(checkpoints.newest());
        awaitEqual("large", "t");
        source.execute("USE " + database, "INSERT INTO t (id) VALUES (5)", "UPDATE t SET id = 10 WHERE id = 1");
        awaitEqual("t");
        job.cancel(Job.DEADLINE);
        // What was behind is not forgotten: the next one knows the table as it is.
        source.execute("USE " + database, "INSERT INTO t (id) VALUES (6)");
        Job next = run(checkpoints.newest());
        awaitEqual("t");
        next.cancel(Job.DEADLINE);
    }

    /** Altered on one side only, the start is refused with the statement that mends it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "source; ADD c INT; column \"c\" does not exist; ADD COLUMN \"c\" integer",
                "source; DROP b; lacks the column \"b\"; DROP COLUMN \"b\"",
                "target; ADD c INT; lacks the column \"c\"; DROP COLUMN \"c\"",
                "target; DROP b; column \"b\" does not exist; ADD COLUMN \"b\" integer",
            })
    void oneSideAloneIsToldByName(String first, String change, String problem, String statement) throws Exception {
        stopped();
        source.execute("USE " + database, "INSERT INTO t VALUES (3, 'before', 3)");
        alter(first, change);
        assertThatThrownBy(() -> run(checkpoints.newest(), REFUSING))
                .hasCauseInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("\"" + database + "\".\"t\"")
                .hasMessageContaining(problem)
                .hasMessageContaining(statement);
        alter(first.equals("source") ? "target" : "source", change);
        source.execute("USE " + database, "INSERT INTO t (id) VALUES (4)");
        Job job = run(checkpoints.newest(), REFUSING);
        awaitEqual("large", "t");
        job.cancel(Job.DEADLINE);
    }

    /**
     * The job ends at the first row that its target does not take, and goes on once the other side is altered as well.
     */
    @ParameterizedTest
    @CsvSource({"source, ADD c INT", "source, DROP b", "target, ADD c INT", "target, DROP b"})
    void aChangeThatEndsTheJobIsNoDeadEnd(String first, String change) throws Exception {
        Job job = started(REFUSING);
        source.execute("USE " + database, "INSERT INTO t VALUES (3, 'before', 3)");
        alter(first, change);
        source.execute("USE " + database, "INSERT INTO t (id) VALUES (4)");
        assertThat(ExceptionUtils.stringifyException(job.failure())).contains("\"" + database + "\".\"t\"");
        source.execute("USE " + database, "INSERT INTO t (id) VALUES (5)");
        alter(first.equals("source") ? "target" : "source", change);
        source.execute("USE " + database, "INSERT INTO t (id) VALUES (6)");
        Job restarted = run(checkpoints.newest(), REFUSING);
        awaitEqual("large", "t");
        restarted.cancel(Job.DEADLINE);
    }

    /** A name that changed looks like a column dropped and another added: the values must not be left out. */
    @Test
    void anotherNameOfAColumnIsNotTakenForTwoChanges() throws Exception {
        stopped();
        source.execute(
                "USE " + database, "INSERT INTO t VALUES (3, 'precious', 3)", "ALTER TABLE t CHANGE a z VARCHAR(20)");
        target.execute("ALTER TABLE " + database + ".t RENAME a TO z");
        Job job = run(checkpoints.newest(), REFUSING);
        assertThat(ExceptionUtils.stringifyException(job.failure())).contains("column \"a\" does not exist");
        assertThat(target.count("SELECT count(*) FROM " + database + ".t WHERE id = 3"))
                .isZero();
    }

    @Test
    void withoutAFolderOneWarningSaysWhatToSet() throws Exception {
        try (LogCapture log = LogCapture.open()) {
            Job job = Job.withCheckpoints(Duration.ofMillis(300));
            command().submit(job, 1);
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("are in the memory of the JobManager"))
                    .hasSize(1)
                    .allMatch(line -> line.startsWith("WARN") && line.contains(".dir is not set"));
            job.cancel(Job.DEADLINE);
        }
    }

    /** A job that read the snapshot and some of the log, and was cancelled. */
    private void stopped() throws Exception {
        started().cancel(Job.DEADLINE);
    }

    /** Tables may be altered once the job follows the log. */
    private Job started(String... more) throws Exception {
        Job job = run(null, more);
        awaitEqual("large", "t");
        source.execute("USE " + database, "UPDATE t SET b = 5 WHERE id = 1");
        awaitEqual("t");
        return job;
    }

    private void alter(String side, String change) throws SQLException {
        if (side.equals("source")) {
            source.execute("ALTER TABLE " + database + ".t " + change);
        } else {
            target.execute("ALTER TABLE " + database + ".t " + change);
        }
    }

    private Job run(String checkpoint, String... options) throws Exception {
        Job job = checkpoints.of(Job.withCheckpoints(Duration.ofMillis(300)));
        if (checkpoint != null) {
            job.from(checkpoint);
        }
        return command().sink(options).submit(job, 1);
    }

    private SyncCommand command() {
        return SyncCommand.of(source, target, database)
                .as("cdc", "source-password")
                .sink("schema-name={database}");
    }

    /** By the job, as the source's own log tells. */
    private long readsOfTheLargeTable() throws SQLException {
        return Long.parseLong(
                source.query("SELECT count(*) FROM mysql.general_log WHERE user_host LIKE 'cdc%' AND command_type IN "
                                + "('Query', 'Execute') AND argument LIKE '%FROM `" + database + "`.`large`%'")
                        .get(0));
    }

    private void awaitEqual(String... tables) {
        for (String table : tables) {
            await().atMost(Job.DEADLINE)
                    .pollInterval(Duration.ofMillis(200))
                    .ignoreExceptions()
                    .untilAsserted(() -> {
                        String columns = String.join(
                                ", ",
                                source.query(
                                        "SELECT column_name FROM information_schema.columns WHERE " + "table_schema = '"
                                                + database + "' AND table_name = '" + table + "' ORDER BY 1"));
                        assertThat(target.query(
                                        "SELECT " + columns + " FROM " + database + "." + table + " ORDER BY id"))
                                .isEqualTo(source.query(
                                        "SELECT " + columns + " FROM " + database + "." + table + " ORDER BY id"));
                    });
        }
    }
}
