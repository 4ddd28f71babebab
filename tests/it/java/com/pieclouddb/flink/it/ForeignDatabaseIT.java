package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the owner of another database on the same server does is nobody's concern, as far as the server and Flink CDC
 * let it be.
 */
@Tag("mysql-cdc")
@EachOnOneLine
class ForeignDatabaseIT {

    /** Statements that Flink CDC's parser does not know, and that change nothing of ours. */
    private static final String[] HARMLESS = {
        "CREATE OR REPLACE USER u1@localhost",
        "CREATE OR REPLACE ROLE r1",
        "CREATE ROLE IF NOT EXISTS r1",
        "GRANT r1 TO u1@localhost",
        "SET DEFAULT ROLE r1 FOR u1@localhost",
        "GRANT BINLOG MONITOR ON *.* TO u1@localhost",
        "GRANT REPLICA MONITOR ON *.* TO u1@localhost",
        "GRANT SLAVE MONITOR ON *.* TO u1@localhost",
        "REVOKE r1 FROM u1@localhost",
        "DROP USER u1@localhost",
        "DROP ROLE r1",
        "CREATE TABLE f (id INT PRIMARY KEY, a INT, b VARCHAR(20))",
        "INSERT INTO f VALUES (1, 1, 'x')",
        "ANALYZE TABLE f PERSISTENT FOR ALL",
        "OPTIMIZE TABLE f WAIT 5",
        "TRUNCATE TABLE f WAIT 5",
        "CREATE SEQUENCE s1",
        "CREATE OR REPLACE SEQUENCE s1 START 5",
        "DO NEXTVAL(s1)",
        "ALTER SEQUENCE s1 RESTART 9",
        "DROP SEQUENCE s1",
        "CREATE VIEW IF NOT EXISTS v1 AS SELECT * FROM f",
        "CREATE OR REPLACE VIEW v1 AS SELECT id FROM f EXCEPT SELECT a FROM f",
        "CREATE VIEW v2 AS SELECT JSON_ARRAYAGG(a) FROM f",
        "CREATE VIEW v3 AS SELECT GROUP_CONCAT(a LIMIT 2) FROM f",
        "CREATE OR REPLACE PROCEDURE p1() BEGIN FOR i IN 1..3 DO INSERT INTO f VALUES (i + 10, i, 'p'); END FOR; END",
        "CREATE PROCEDURE IF NOT EXISTS p2() SELECT 1",
        "CALL p1()",
        "DROP PROCEDURE p1",
        "CREATE DATABASE foreign2 COMMENT 'other'",
        "ALTER DATABASE foreign2 COMMENT 'changed'",
        "CREATE OR REPLACE DATABASE foreign2",
        "DROP DATABASE foreign2",
        "ALTER TABLE f ADD INDEX i (a)",
        "ALTER TABLE f RENAME KEY IF EXISTS i TO j",
        "ALTER TABLE f ALTER COLUMN IF EXISTS zz SET DEFAULT 1",
        "ALTER TABLE f MODIFY COLUMN IF EXISTS zz INT",
        "RENAME TABLE IF EXISTS nope TO nope2",
        "CREATE OR REPLACE TABLE f (id INT PRIMARY KEY, c UUID, d INET6)",
        "INSERT INTO f VALUES (1, uuid(), '::1')",
        "CREATE TABLE v (id INT PRIMARY KEY) WITH SYSTEM VERSIONING",
        "INSERT INTO v VALUES (1)",
        "DELETE FROM v",
        "CREATE TABLE h (id INT PRIMARY KEY, a INT INVISIBLE)",
        "INSERT INTO h VALUES (1)",
        "CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS THAN (5), PARTITION p2"
                + " VALUES LESS THAN MAXVALUE)",
        "INSERT INTO p VALUES (1), (9)",
        "ALTER TABLE p CONVERT PARTITION p1 TO TABLE q",
        "INSERT INTO q VALUES (2)",
        "ALTER TABLE p DROP PARTITION p2x",
    };

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
    void follow() throws Exception {
        target.execute("DROP SCHEMA IF EXISTS own CASCADE");
        source.execute(
                "DROP DATABASE IF EXISTS own",
                "DROP DATABASE IF EXISTS other",
                "CREATE DATABASE other",
                "CREATE DATABASE own",
                "CREATE TABLE own.t (id INT PRIMARY KEY)",
                "INSERT INTO own.t VALUES (1)");
        job = Job.withCheckpoints(Duration.ofMillis(300));
        SyncCommand.of(source, target, "own").sink("schema-name={database}").submit(job, 1);
        awaitIds("1");
        source.execute("INSERT INTO own.t VALUES (2)");
        awaitIds("1", "2");
    }

    @AfterEach
    void endJob() throws Exception {
        if (!job.hasEnded()) {
            job.cancel(Job.DEADLINE);
        }
    }

    @Test
    void nothingOfItEndsTheJob() throws Exception {
        for (String statement : HARMLESS) {
            try {
                source.execute("USE other", statement);
            } catch (SQLException e) {
                // One is meant to fail; the others must not.
                assertThat(statement).as(e.getMessage()).contains("p2x");
            }
        }
        source.execute("INSERT INTO own.t VALUES (3)");
        awaitIds("1", "2", "3");
        assertThat(job.hasEnded()).isFalse();
    }

    /** MariaDB cannot tell an XA transaction to a reader of this kind; docs/sync-job.md says so. */
    @Test
    void anXaTransactionEndsTheJob() throws Exception {
        source.execute(
                "CREATE TABLE other.x (id INT PRIMARY KEY) ENGINE = InnoDB",
                "XA START 'x1'",
                "INSERT INTO other.x VALUES (1)",
                "XA END 'x1'",
                "XA PREPARE 'x1'",
                "XA COMMIT 'x1'",
                "INSERT INTO own.t VALUES (3)");
        assertThat(ExceptionUtils.stringifyException(job.failure()))
                .contains("Failed to replace GTID event with backwards-compatible event");
        assertThat(ids()).containsExactly("1", "2");
    }

    @Test
    void aCompressedColumnEndsNobodysJob() throws Exception {
        source.execute(
                "CREATE TABLE other.packed (id INT PRIMARY KEY, a VARCHAR(500) COMPRESSED, b TEXT COMPRESSED)",
                "INSERT INTO other.packed VALUES (1, repeat('x', 400), repeat('y', 4000))",
                "UPDATE other.packed SET a = 'z'",
                "INSERT INTO own.t VALUES (3)");
        awaitIds("1", "2", "3");
    }

    private static List<String> ids() throws SQLException {
        return target.query("SELECT id FROM own.t ORDER BY 1");
    }

    private static void awaitIds(String... ids) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(ids()).containsExactly(ids));
    }
}
