package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables of the source get columns and room while their rows change, in a running job and in one that is down: the
 * target has the same columns and rows, also rows that nobody touches and tables that nobody writes to.
 */
@Tag("mysql-cdc")
@EachOnOneLine
class FollowedSchemasIT {

    private static final int TABLES = 4;
    private static final int ROWS = 40;
    private static final int ALTERATIONS = 24;
    private static final long SEED = 36;

    private static MariaDb source;
    private static Postgres target;

    @TempDir
    private Path savepoints;

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

    @ParameterizedTest
    @ValueSource(strings = {"at-least-once", "exactly-once"})
    void columnsThatComeAndGetRoomAreFollowed(String guarantee) throws Exception {
        String database = "followed_" + guarantee.replace('-', '_');
        List<String> statements = new ArrayList<>(List.of("CREATE DATABASE " + database, "USE " + database));
        for (int table = 0; table < TABLES; table++) {
            statements.add("CREATE TABLE t" + table
                    + " (id INT PRIMARY KEY, n0 SMALLINT, v0 VARCHAR(8) NOT NULL DEFAULT 'v'," + " d0 DECIMAL(6,2))");
            statements.add(
                    "INSERT INTO t" + table + " SELECT seq, seq, concat('v', seq), seq / 4 FROM seq_1_to_" + ROWS);
        }
        source.execute(statements.toArray(new String[0]));
        Random random = new Random(SEED);
        Alterations alterations = new Alterations(database, random);
        Job job = submitted(Job.withCheckpoints(Duration.ofMillis(300)), database, guarantee);
        awaitSame(job, database);
        try (SteadyRows rows = SteadyRows.of(source, database, TABLES, ROWS)) {
            for (int i = 0; i < ALTERATIONS; i++) {
                source.execute(alterations.next(random.nextInt(TABLES)));
                rows.awaitMore();
            }
        }
        // Nobody writes behind these. A column that is dropped stays, without a NOT NULL that rows would break.
        source.execute(
                alterations.add(0, "late", "VARCHAR(9) NOT NULL DEFAULT 'it''s'"),
                alterations.add(1, "later", "INT"),
                "ALTER TABLE " + database + ".t2 DROP v0");
        awaitSame(job, database);

        String savepoint = job.client()
                .stopWithSavepoint(false, savepoints.toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        for (int table = 0; table < TABLES; table++) {
            source.execute(
                    "INSERT IGNORE INTO " + database + ".t" + table + " (id, n0) VALUES (1000, 1)",
                    alterations.add(table, "down", "INT NOT NULL DEFAULT 1"),
                    "UPDATE " + database + ".t" + table + " SET down = 2 WHERE id % 7 = 0",
                    "ALTER TABLE " + database + ".t" + table + " MODIFY down BIGINT NOT NULL DEFAULT 3",
                    "ALTER TABLE " + database + ".t" + table + " DROP d0",
                    "INSERT IGNORE INTO " + database + ".t" + table + " (id, n0) VALUES (1001, 1)");
        }
        Job again = submitted(Job.withCheckpoints(Duration.ofMillis(300)).from(savepoint), database, guarantee);
        awaitSame(again, database);
        again.cancel(Job.DEADLINE);
    }

    private static Job submitted(Job job, String database, String guarantee) throws Exception {
        return SyncCommand.of(source, target, database)
                .sink("schema-name={database}", "sink.delivery-guarantee=" + guarantee)
                .submit(job, 2);
    }

    /** Waits until each table has the same columns and rows on both sides, whatever their order. */
    private static void awaitSame(Job job, String database) throws SQLException {
        for (int table = 0; table < TABLES; table++) {
            String name = database + ".t" + table;
            List<String> columns =
                    source.query("SELECT column_name FROM information_schema.columns WHERE table_schema = '" + database
                            + "' AND table_name = 't" + table + "' ORDER BY 1");
            String inSource =
                    columns.stream().map(c -> "CAST(" + c + " AS CHAR)").collect(Collectors.joining(", "));
            String inTarget = columns.stream().map(c -> c + "::text").collect(Collectors.joining(", "));
            List<String> wanted = source.query("SELECT " + inSource + " FROM " + name + " ORDER BY id");
            await().atMost(Job.DEADLINE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
                if (job.client().getJobExecutionResult().isDone()) {
                    throw new IllegalStateException(FollowedDatabase.failure(job));
                }
                assertThat(target.query("SELECT column_name FROM information_schema.columns WHERE table_schema = '"
                                + database + "' AND table_name = 't" + table(name) + "' ORDER BY 1"))
                        .containsAll(columns);
                assertThat(target.query("SELECT " + inTarget + " FROM " + name + " AS t ORDER BY t.id"))
                        .isEqualTo(wanted);
            });
        }
    }

    private static String table(String name) {
        return name.substring(name.lastIndexOf('t') + 1);
    }

    /** Statements that add a column or widen one, never the same. */
    private static final class Alterations {

        private static final List<String> WIDER_NUMBERS = List.of("SMALLINT", "INT", "BIGINT", "DECIMAL(24,0)");
        private static final List<String> ADDED = List.of(
                "INT",
                "INT DEFAULT 7",
                "INT NOT NULL",
                "BIGINT NOT NULL DEFAULT -5",
                "VARCHAR(12) DEFAULT 'it''s'",
                "VARCHAR(12) NOT NULL",
                "DECIMAL(9,3) NOT NULL DEFAULT 1.5",
                "DATE DEFAULT '2020-02-29'",
                "DATETIME(3) NOT NULL DEFAULT '2020-02-29 12:00:00.125'",
                "ENUM('a','b') NOT NULL",
                "TEXT");

        private final String database;
        private final Random random;
        private final int[] numbers = new int[TABLES];
        private final int[] lengths = new int[TABLES];
        private int added;

        Alterations(String database, Random random) {
            this.database = database;
            this.random = random;
        }

        String next(int table) {
            String alter = "ALTER TABLE " + database + ".t" + table + " ";
            switch (random.nextInt(4)) {
                case 0:
                    numbers[table] = Math.min(numbers[table] + 1, WIDER_NUMBERS.size() - 1);
                    return alter + "MODIFY n0 " + WIDER_NUMBERS.get(numbers[table]);
                case 1:
                    int digits = ++lengths[table];
                    return alter + "MODIFY v0 VARCHAR(" + (8 + digits) + ") NOT NULL DEFAULT 'v', MODIFY d0 DECIMAL("
                            + (6 + 2 * digits) + "," + (2 + digits) + ")";
                default:
                    String place = random.nextBoolean() ? "" : random.nextBoolean() ? " FIRST" : " AFTER n0";
                    return alter + "ADD COLUMN c" + added++ + " " + ADDED.get(random.nextInt(ADDED.size())) + place;
            }
        }

        String add(int table, String name, String definition) {
            return "ALTER TABLE " + database + ".t" + table + " ADD " + name + " " + definition;
        }
    }
}
