package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job that goes on does not take a target for the proof that it has loaded the table. */
@Tag("mysql-cdc")
@EachOnOneLine
class RestoredTablesIT {

    private static final String DATABASE = "restored_tables";

    private static MariaDb source;
    private static Postgres target;

    @TempDir
    private Path folder;

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
    void create() throws SQLException {
        target.execute("DROP SCHEMA IF EXISTS " + DATABASE + " CASCADE");
        source.execute("DROP DATABASE IF EXISTS " + DATABASE, "CREATE DATABASE " + DATABASE);
    }

    @AfterEach
    void endJob() throws Exception {
        if (job != null && !job.hasEnded()) {
            job.cancel(Job.DEADLINE);
        }
    }

    /** Flink CDC reads the rest of its rows without that column, and those behind it by their neighbours' types. */
    @Test
    void aColumnThatIsHiddenWhileTheSnapshotIsReadStopsTheJob() throws Exception {
        source.execute(
                "USE " + DATABASE,
                "CREATE TABLE t (id INT PRIMARY KEY, b TINYINT NULL, price DECIMAL(10,2))",
                "INSERT INTO t SELECT seq, 5, 12.34 FROM seq_1_to_1000");
        String savepoint;
        try (Connection session = source.connect();
                Statement locking = session.createStatement()) {
            submit(Job.withCheckpoints(Duration.ofMillis(300)));
            await().atMost(Job.DEADLINE)
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .until(() -> target.count("SELECT count(*) FROM " + DATABASE + ".t") > 0);
            locking.execute("LOCK TABLES " + DATABASE + ".t WRITE");
            await().atMost(Job.DEADLINE)
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(
                                    source.query("SELECT count(*) FROM information_schema.processlist WHERE state ="
                                            + " 'Waiting for table metadata lock'"))
                            .containsExactly("1"));
            savepoint = job.client()
                    .triggerSavepoint(folder.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
            locking.execute("UNLOCK TABLES");
        }
        job.cancel(Job.DEADLINE);
        source.execute("ALTER TABLE " + DATABASE + ".t MODIFY b TINYINT NULL INVISIBLE");
        submit(Job.withCheckpoints(Duration.ofMillis(300)).from(savepoint));
        assertThat(ExceptionUtils.stringifyException(job.failure()))
                .contains(
                        "its snapshot of table '" + DATABASE + ".t' is not read to the end",
                        "column 'b' is INVISIBLE",
                        "begin anew, without a savepoint");
        assertThat(target.query("SELECT DISTINCT b, price FROM " + DATABASE + ".t"))
                .containsExactly("5|12.34");
    }

    /** What the log says of a table is not all of it. */
    @Test
    void aTargetThatSomebodyElseMadeIsNotTakenOver() throws Exception {
        source.execute(
                "USE " + DATABASE,
                "CREATE TABLE t (id INT PRIMARY KEY)",
                "INSERT INTO t VALUES (1)",
                "CREATE TABLE keyless (a INT NOT NULL, b INT, UNIQUE (a))",
                "INSERT INTO keyless VALUES (1, 1), (2, 2)");
        submit(Job.withCheckpoints(Duration.ofMillis(300)));
        source.execute("INSERT INTO " + DATABASE + ".t VALUES (2)");
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> target.count("SELECT count(*) FROM " + DATABASE + ".t") == 2);
        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        target.execute(
                "CREATE TABLE " + DATABASE + ".keyless (a int PRIMARY KEY, b int)",
                "INSERT INTO " + DATABASE + ".keyless VALUES (1, 0)");
        source.execute("UPDATE " + DATABASE + ".keyless SET b = 3 WHERE a = 2");
        submit(Job.withCheckpoints(Duration.ofMillis(300)).from(savepoint));
        assertThat(ExceptionUtils.stringifyException(job.failure()))
                .contains(
                        "the job's state does not say that it has loaded them",
                        "'" + DATABASE + ".keyless': it has no primary key",
                        "--excluding-tables");
        assertThat(target.query("SELECT a, b FROM " + DATABASE + ".keyless")).containsExactly("1|0");
    }

    private void submit(Job next) throws Exception {
        job = next;
        SyncCommand.of(source, target, DATABASE)
                .sink("schema-name={database}")
                .source("scan.incremental.snapshot.chunk.size=20")
                .submit(job, 1);
    }
}
