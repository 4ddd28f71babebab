package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The watch of the log: a job stops in front of the first row that Flink CDC would misread or drop, and at nothing
 * else.
 */
@Tag("mysql-cdc")
class WatchIT {

    private static MariaDb source;
    private static Postgres target;

    private final FollowedDatabase followed = new FollowedDatabase(source, target);
    private final String database = followed.name();
    private final String foreign = "foreign_" + database;

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

    /**
     * No statement but the server's own definition says what such a column is, and Flink CDC does not know that either.
     */
    @Test
    void stopsInFrontOfRowsThatNothingCanRead() throws Exception {
        Job job = followed.started();
        followed.execute(
                "INSERT INTO t (id) VALUES (3)", "ALTER TABLE t ADD u UUID FIRST", "INSERT INTO t (id) VALUES (4)");
        assertThat(FollowedDatabase.failure(job))
                .contains(
                        "The job stops at binlog.0",
                        "rows of table '" + database
                                + ".t' cannot be read: the rows have 4 columns, the definition has 3");
        assertThat(followed.ids()).containsExactly("1", "2", "3");
    }

    @Test
    void stopsInFrontOfRowsOfATableWithoutADefinition() throws Exception {
        Job job = followed.started();
        followed.execute(
                "INSERT INTO t (id) VALUES (3)",
                "CREATE TABLE t2 (id INT PRIMARY KEY, u UUID)",
                "INSERT INTO t2 (id) VALUES (4)");
        assertThat(FollowedDatabase.failure(job))
                .contains("rows of table '" + database + ".t2' cannot be read: Flink CDC knows no definition");
        assertThat(followed.ids()).containsExactly("1", "2", "3");
    }

    /** A session of another database, whose words say of which table. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "REPLACE /* not by row */ INTO \"{db}\".\"t\" (id) VALUES (4)",
                "LOAD DATA INFILE 'four' INTO TABLE {db}.t (id)"
            })
    void stopsAtRowsByStatement(String statement) throws Exception {
        Job job = followed.started();
        source.execute(
                "CREATE DATABASE " + foreign,
                "USE " + foreign,
                "INSERT INTO " + database + ".t (id) VALUES (3)",
                "SELECT 4 INTO OUTFILE 'four'",
                "SET SESSION binlog_format = 'STATEMENT', sql_mode = 'ANSI_QUOTES'",
                statement.replace("{db}", database),
                "SET SESSION binlog_format = 'ROW'",
                "INSERT INTO " + database + ".t (id) VALUES (5)");
        assertThat(FollowedDatabase.failure(job)).contains("by statement instead of by row");
        assertThat(followed.ids()).containsExactly("1", "2", "3");
    }

    /** Java's charset of the name has them otherwise, or not at all. */
    @Test
    void readsLettersAsTheServerOrStops() throws Exception {
        Job job = followed.started("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10) CHARACTER SET latin1,"
                + " b VARCHAR(10) CHARACTER SET ucs2, g VARCHAR(10) CHARACTER SET tis620)");
        followed.execute("INSERT INTO t VALUES (3, X'C3818D8F909D80', X'FEFF0041', X'A1')");
        followed.awaitIds("1", "2", "3");
        assertThat(target.query("SELECT upper(encode(convert_to(concat(a, b, g), 'UTF8'), 'hex')) FROM public.t"
                        + " WHERE id = 3"))
                .containsExactlyElementsOf(source.query("SELECT hex(concat(convert(a USING utf8mb4),"
                        + " convert(b USING utf8mb4), convert(g USING utf8mb4))) FROM " + database
                        + ".t WHERE id = 3"));
        followed.execute("INSERT INTO t VALUES (4, 'x', 'x', X'80')");
        assertThat(FollowedDatabase.failure(job))
                .contains("rows of table '" + database
                        + ".t' cannot be read: column 'g' has bytes that are no text of charset tis620");
        assertThat(followed.ids()).containsExactly("1", "2", "3");
    }

    /** The server's own setting is asked for before the start; a session may have another one. */
    @ParameterizedTest
    @CsvSource({"MINIMAL,1", "NOBLOB,3"})
    void stopsInFrontOfRowsThatLackColumns(String image, int columns) throws Exception {
        Job job = followed.started("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b INT, e TEXT)");
        followed.execute(
                "INSERT INTO t (id, e) VALUES (3, 'x')",
                "SET SESSION binlog_row_image = '" + image + "'",
                "UPDATE t SET b = 4 WHERE id = 3",
                "SET SESSION binlog_row_image = 'FULL'",
                "INSERT INTO t (id) VALUES (5)");
        assertThat(FollowedDatabase.failure(job))
                .contains(
                        "The job stops at binlog.0",
                        "rows of table '" + database + ".t' have " + columns
                                + " of its 4 columns: a session wrote them with another binlog_row_image than FULL");
        assertThat(followed.ids()).containsExactly("1", "2", "3");
        assertThat(target.query("SELECT b FROM public.t WHERE id = 3")).containsExactly("null");
    }

    @Test
    void stopsAtCompressedRows() throws Exception {
        Job job = followed.started();
        source.execute(
                "USE " + database,
                "INSERT INTO t (id) VALUES (3)",
                "SET GLOBAL log_bin_compress = 1",
                "SET GLOBAL log_bin_compress_min_len = 10");
        try {
            source.execute("USE " + database, "INSERT INTO t (id, a) SELECT seq, repeat('x', 10) FROM seq_10_to_200");
            assertThat(FollowedDatabase.failure(job)).contains("an event of type UNKNOWN stands there");
            assertThat(followed.ids()).containsExactly("1", "2", "3");
        } finally {
            source.execute("SET GLOBAL log_bin_compress = 0", "SET GLOBAL log_bin_compress_min_len = 256");
        }
    }

    @Test
    void stopsWhereRowsAreTakenBack() throws Exception {
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE t (id INT PRIMARY KEY)",
                "CREATE TABLE at_once (id INT PRIMARY KEY) ENGINE = MyISAM",
                "INSERT INTO t VALUES (1)");
        Job job = followed.follow();
        followed.awaitIds("1");
        source.execute("USE " + database, "INSERT INTO t VALUES (2)");
        followed.awaitIds("1", "2");
        source.execute(
                "USE " + database,
                "START TRANSACTION",
                "SAVEPOINT s",
                "INSERT INTO t VALUES (3)",
                "INSERT INTO at_once VALUES (3)",
                "ROLLBACK TO SAVEPOINT s",
                "COMMIT");
        assertThat(FollowedDatabase.failure(job)).contains("ROLLBACK takes rows back");
    }

    @Test
    void namesAndSignsAreComparedWhereTheServerTellsThem() throws Exception {
        source.execute("SET GLOBAL binlog_row_metadata = FULL");
        try {
            Job job = followed.started();
            source.execute(
                    "USE " + database,
                    "BEGIN NOT ATOMIC INSERT INTO t (id) VALUES (3); ALTER TABLE t ADD c INT;"
                            + "INSERT INTO t (id) VALUES (4); ALTER TABLE t RENAME COLUMN IF EXISTS b TO y;"
                            + "INSERT INTO t (id) VALUES (5); ALTER TABLE t ADD d INT; END");
            await().atMost(Job.DEADLINE)
                    .until(() -> job.hasEnded() || followed.ids().contains("5"));
            if (job.hasEnded()) {
                assertThat(FollowedDatabase.failure(job)).contains("'b', is called 'y' in the rows");
                assertThat(followed.ids()).containsExactly("1", "2", "3", "4");
            } else {
                // A reader that came before the last statement rightly made the definition anew.
                assertThat(followed.ids()).containsExactly("1", "2", "3", "4", "5");
                job.cancel(Job.DEADLINE);
            }
        } finally {
            source.execute("SET GLOBAL binlog_row_metadata = NO_LOG");
        }
    }

    /**
     * Every type that can be read, with what the server tells least and most, and all that a check of types must let
     * through.
     */
    @ParameterizedTest
    @ValueSource(strings = {"NO_LOG", "MINIMAL", "FULL"})
    void stopsAtNothingElse(String metadata) throws Exception {
        source.execute("SET GLOBAL binlog_row_metadata = " + metadata);
        try {
            Job job = followed.started();
            source.execute(
                    "CREATE DATABASE " + foreign,
                    "USE " + foreign,
                    "CREATE TABLE f (id INT PRIMARY KEY) ENGINE = MyISAM",
                    "SET SESSION binlog_format = 'STATEMENT'",
                    "INSERT INTO f VALUES (1)",
                    "UPDATE f SET id = 2",
                    "REPLACE INTO f SELECT count(*) FROM " + database + ".t",
                    "CREATE TABLE g AS SELECT id FROM " + database + ".t",
                    "DELETE " + foreign + ".g FROM " + foreign + ".g JOIN " + database + ".t USING (id)",
                    "SELECT 9 INTO OUTFILE 'nine'",
                    "LOAD DATA INFILE 'nine' INTO TABLE f",
                    "SET SESSION binlog_format = 'ROW'",
                    "START TRANSACTION",
                    "INSERT INTO f VALUES (3)",
                    "ROLLBACK",
                    "ALTER TABLE IF EXISTS f ADD x INT FIRST",
                    "INSERT INTO f VALUES (4, 4)",
                    "CREATE SEQUENCE s",
                    "FLUSH LOGS",
                    "USE " + database,
                    "CREATE ROLE IF NOT EXISTS r",
                    "ANALYZE TABLE t PERSISTENT FOR ALL",
                    "ALTER TABLE t ADD INDEX IF NOT EXISTS i (b)",
                    "FLUSH LOGS");
            source.execute(WatchedTypes.TABLE.replace("{db}", database));
            source.execute(
                    "USE " + database,
                    "ALTER TABLE types ADD UNIQUE long_text (c_text)",
                    "INSERT INTO types (id) VALUES (1)",
                    "INSERT INTO types (id) VALUES (2)",
                    "INSERT INTO t (id) VALUES (3)",
                    "CREATE TABLE u (id INT PRIMARY KEY, long_text TEXT, UNIQUE (long_text))",
                    "INSERT INTO u VALUES (1, 'x')");
            followed.awaitIds("1", "2", "3");
            await().atMost(Job.DEADLINE)
                    .pollInterval(Duration.ofMillis(100))
                    .ignoreExceptions()
                    .untilAsserted(() -> {
                        assertThat(target.query("SELECT id FROM public.types ORDER BY 1"))
                                .containsExactly("1", "2");
                        assertThat(target.query("SELECT id, long_text FROM public.u"))
                                .containsExactly("1|x");
                    });
            target.execute("DROP TABLE public.types", "DROP TABLE public.u");
            job.cancel(Job.DEADLINE);
        } finally {
            source.execute("SET GLOBAL binlog_row_metadata = NO_LOG");
        }
    }

    @Test
    void aFlinkCdcOfAnotherShapeIsRefused() throws Exception {
        source.execute("CREATE DATABASE " + database, "CREATE TABLE " + database + ".t (id INT PRIMARY KEY)");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(new OtherShape(before));
        try {
            assertThatThrownBy(() -> followed.command().run())
                    .isInstanceOf(ProgramParametrizationException.class)
                    .hasMessageContaining("This Flink CDC cannot be watched while it reads the log, it lacks ")
                    .hasMessageContaining("2.4.0 and 3.5.0 are known to work");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Flink CDC with a split reader that has nothing of what the watch stands on. */
    private static final class OtherShape extends ClassLoader {

        private static final String READER = "connectors.mysql.source.reader.MySqlSplitReader";

        OtherShape(ClassLoader parent) {
            super(parent);
        }

        @Override
        public Class<?> loadClass(String name) throws ClassNotFoundException {
            return name.endsWith(READER) ? Object.class : super.loadClass(name);
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            return getParent().getResourceAsStream(name);
        }
    }
}
