package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A value of the source is told as it is, or the job stops in front of its row: it is never NULL or a default in its
 * place.
 */
@Tag("mysql-cdc")
@EachOnOneLine
class LabelsIT {

    private static final String LABELS =
            "'a,b', 'it''s', 'back\\\\slash', 'tab\\tx', 'q\"q', 'c\\\\,d', 'é', 'new\\nline', ' x', 'percent\\\\%'";
    private static final String MEMBERS = "'it''s', 'b\\\\c', 'é', 'tab\\tx'";

    private static MariaDb source;
    private static Postgres target;

    private final FollowedDatabase followed = new FollowedDatabase(source, target);

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

    /** MediaWiki's image and filearchive have such columns. */
    @Test
    void labelsOfBytesAreReadFromSnapshotAndLog() throws Exception {
        source.execute(
                "CREATE DATABASE " + followed.name(),
                "USE " + followed.name(),
                "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('UNKNOWN', 'é', 'a,b') DEFAULT NULL, s SET('x', 'y', 'ü')"
                        + " NOT NULL DEFAULT 'x') CHARSET = binary",
                "INSERT INTO t VALUES (1, 'é', 'y'), (2, 'a,b', 'x,ü'), (3, NULL, ''), (7, 'a,b', 'x')");
        Job job = followed.follow();
        followed.awaitIds("1", "2", "3", "7");
        followed.execute(
                "INSERT INTO t VALUES (4, 'UNKNOWN', 'y'), (5, 'a,b', 'x,y,ü'), (6, NULL, '')",
                "UPDATE t SET e = 'é' WHERE id = 2",
                "UPDATE t SET e = 'UNKNOWN' WHERE id = 3");
        followed.awaitSame(job, "id, e, s", "true");
        job.cancel(Job.DEADLINE);
    }

    @Test
    void labelsOfAnyLettersAreReadFromSnapshotAndLog() throws Exception {
        source.execute(
                "CREATE DATABASE " + followed.name(),
                "USE " + followed.name(),
                "CREATE TABLE t (id INT PRIMARY KEY, e ENUM(" + LABELS + "), s SET(" + MEMBERS
                        + "), k ENUM('a,b', 'c\\\\d'))");
        insertAll(1);
        Job job = followed.follow();
        followed.awaitIds(ids(1));
        insertAll(101);
        // A statement of the log spells them in other ways.
        followed.execute(
                "ALTER TABLE t MODIFY e ENUM(" + LABELS.replace("it''s", "it\\'s") + ", \"a \"\"b\"\" 'c'\", 'z')",
                "INSERT INTO t VALUES (300, 11, 3, 2), (301, 12, 0, 1)");
        insertAll(201);
        followed.awaitSame(job, "id, e, s, k", "true");
        job.cancel(Job.DEADLINE);
    }

    /** The catalog tells such a label as a question mark. */
    @Test
    void labelsThatAreNoTextAreNamedInTheSnapshot() throws Exception {
        createOfBytes("INSERT INTO t VALUES (1, 2)");
        assertThat(FollowedDatabase.failure(followed.follow()))
                .contains(
                        "The job stops while it reads the snapshot",
                        "rows of table '" + followed.name()
                                + ".t' cannot be read: Flink CDC cannot convert a value of column 'e' of type ENUM");
    }

    @Test
    void labelsThatAreNoTextStopTheJobInFrontOfTheirRow() throws Exception {
        createOfBytes("INSERT INTO t VALUES (1, 1)");
        Job job = followed.follow();
        followed.awaitIds("1");
        followed.execute("INSERT INTO t VALUES (2, 1)");
        followed.awaitIds("1", "2");
        followed.execute("INSERT INTO t VALUES (3, 1), (4, 2), (5, 1)", "INSERT INTO t VALUES (6, 1)");
        assertThat(FollowedDatabase.failure(job))
                .contains(
                        "The job stops at binlog.0",
                        "rows of table '" + followed.name()
                                + ".t' cannot be read: Flink CDC cannot convert a value of column 'e' of type ENUM");
        assertThat(followed.ids()).containsExactly("1", "2", "3");
    }

    /** The log's statements have backslashes that escape nothing; the catalog's words escape them in every mode. */
    @Test
    void labelsAreReadWhereABackslashEscapesNothing() throws Exception {
        try (MariaDb plain = MariaDb.start("--sql-mode=NO_BACKSLASH_ESCAPES")) {
            FollowedDatabase of = new FollowedDatabase(plain, target);
            plain.execute(
                    "CREATE DATABASE " + of.name(),
                    "USE " + of.name(),
                    "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a\\b', 'c\\', 'd''e'), s SET('x\\y', 'z'))",
                    "INSERT INTO t VALUES (1, 1, 1)");
            Job job = of.follow();
            of.awaitIds("1");
            of.execute("INSERT INTO t VALUES (2, 2, 3), (3, 3, 2)");
            of.awaitSame(job, "id, e, s", "true");
            of.execute(
                    "ALTER TABLE t MODIFY e ENUM('a\\b', 'c\\', 'd''e', '\\t', 'y\\', '\\n''')",
                    "INSERT INTO t VALUES (4, 4, 2), (5, 5, 1), (6, 6, 0)");
            of.awaitSame(job, "id, e, s", "true");
            job.cancel(Job.DEADLINE);
        }
    }

    private void createOfBytes(String row) throws SQLException {
        String name = followed.name();
        source.execute(
                "CREATE DATABASE " + name,
                "SET NAMES latin1",
                "SET character_set_client = binary",
                "EXECUTE IMMEDIATE concat('CREATE TABLE " + name
                        + ".t (id INT PRIMARY KEY, e ENUM(''x'', ''', x'E9', ''') CHARSET binary)')",
                "USE " + name,
                row);
    }

    private void insertAll(int from) throws SQLException {
        for (int i = 0; i < 10; i++) {
            followed.execute("INSERT INTO t VALUES (" + (from + i) + ", " + (i + 1) + ", " + (i + 1) % 16 + ", "
                    + (1 + i % 2) + ")");
        }
    }

    private static String[] ids(int from) {
        String[] ids = new String[10];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = String.valueOf(from + i);
        }
        return ids;
    }
}
