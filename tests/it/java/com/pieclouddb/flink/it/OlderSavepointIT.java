package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.types.Row;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A job takes a savepoint, goes on, publishes further checkpoints and is stopped; the target's definition may be
 * changed; then it is restored from that savepoint, at another parallelism too.
 *
 * <p>Merge ends exact. Append has what had been published and, once more, what came behind the savepoint, and nothing
 * else. A definition that the rows are not right for is refused with one message, and the same savepoint is good once
 * it is changed back.
 */
@EachOnOneLine
class OlderSavepointIT {

    private static final int PARTITIONS = 2;
    private static final int CHANGES = 12_000;

    /** Each partition stands here while the savepoint is taken. */
    private static final int HELD = 3_000;

    /** What becomes of the target between the end of the job and its restore. */
    private enum Change {
        NONE(""),
        ADDED("ALTER TABLE t ADD extra int DEFAULT 7"),
        WIDENED("ALTER TABLE t ALTER id TYPE numeric(20), ALTER amount TYPE numeric(14,2)"),
        SWAPPED("CREATE TABLE next (LIKE t INCLUDING ALL); INSERT INTO next SELECT * FROM t; ALTER TABLE t RENAME TO"
                + " last; ALTER TABLE next RENAME TO t");

        private final String statements;

        Change(String statements) {
            this.statements = statements;
        }
    }

    private static Postgres server;

    @TempDir
    private Path folder;

    /** How far the sources go, in percent. */
    private Path limit;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void create() throws Exception {
        limit = Files.writeString(folder.resolve("limit"), "80");
        server.execute("DROP TABLE IF EXISTS t, last", "CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ")");
    }

    @ParameterizedTest
    @CsvSource({
        "exactly-once, APPEND, NONE, 1",
        "exactly-once, APPEND, WIDENED, 2",
        "exactly-once, MERGE, ADDED, 4",
        "exactly-once, MERGE, SWAPPED, 2",
        "at-least-once, MERGE, WIDENED, 4",
        "at-least-once, APPEND, ADDED, 2"
    })
    void isRestored(String guarantee, LoadMode mode, Change change, int parallelism) throws Exception {
        endsAsPromised(guarantee, mode, change, parallelism);
    }

    @ParameterizedTest
    @CsvSource({
        "exactly-once, APPEND, ADDED, 2",
        "exactly-once, APPEND, SWAPPED, 4",
        "exactly-once, MERGE, NONE, 1",
        "exactly-once, MERGE, WIDENED, 2",
        "at-least-once, MERGE, NONE, 2",
        "at-least-once, MERGE, ADDED, 2",
        "at-least-once, MERGE, SWAPPED, 1",
        "at-least-once, APPEND, NONE, 4",
        "at-least-once, APPEND, WIDENED, 2",
        "at-least-once, APPEND, SWAPPED, 2"
    })
    @EnabledIfEnvironmentVariable(named = "PIE_LONG", matches = "true", disabledReason = "long: part of ./test all")
    void isRestoredInOtherWays(String guarantee, LoadMode mode, Change change, int parallelism) throws Exception {
        endsAsPromised(guarantee, mode, change, parallelism);
    }

    private void endsAsPromised(String guarantee, LoadMode mode, Change change, int parallelism) throws Exception {
        String name = "older " + guarantee + mode + change;
        Changelog changelog = mode == LoadMode.MERGE
                ? Changelog.full(CHANGES, CHANGES / 10, PARTITIONS)
                : Changelog.inserts(CHANGES, CHANGES / 10, PARTITIONS);
        Job job = job().start(PARTITIONS, source(changelog, name), sink(mode, guarantee));
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= PARTITIONS * HELD);
        String savepoint = job.client()
                .triggerSavepoint(folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        Gate.named(name).open();
        // Its amount says which change of its partition a row is of.
        await().atMost(Job.DEADLINE)
                .until(() -> server.count("SELECT count(*) FROM t WHERE amount > " + (HELD - 1_000) / 100) > 0);
        job.cancel(Job.DEADLINE);
        await().atMost(Job.DEADLINE).until(() -> server.writerSessions() == 0);
        Files.writeString(limit, "100");
        List<String> expected = rows();
        server.execute(change.statements.isEmpty() ? "SELECT 1" : change.statements);

        if (mode == LoadMode.MERGE && change == Change.ADDED) {
            Throwable failure = job().restarting()
                    .from(savepoint)
                    .start(parallelism, source(changelog, name), sink(mode, guarantee))
                    .failure();
            assertThat(ExceptionUtils.findThrowable(failure, PieCloudDBException.Permanent.class)
                            .orElseThrow())
                    .hasMessageContaining("\"extra\"")
                    .hasMessageContaining("sink.merge.allow-replace");
            assertThat(rows()).as("what a refused job changes").isEqualTo(expected);
            server.execute("ALTER TABLE t DROP extra");
        }
        job().from(savepoint)
                .start(parallelism, source(changelog, name), sink(mode, guarantee))
                .finish();
        if (mode == LoadMode.MERGE) {
            assertThat(rows()).isEqualTo(changelog.finalRows());
            return;
        }
        for (int partition = 0; partition < PARTITIONS; partition++) {
            expected.addAll(changelog.insertedRows(partition, HELD));
        }
        expected.sort(null);
        assertThat(rows()).isEqualTo(expected);
    }

    private static Job job() {
        return Job.withCheckpoints(Duration.ofMillis(200));
    }

    private ChangelogSource<Row> source(Changelog changelog, String gate) {
        return ChangelogSource.of(changelog)
                .overCheckpoints(6)
                .heldAt(gate, HELD)
                .limitedBy(new Limit(limit.toString()));
    }

    private static PieCloudDBSink<Row> sink(LoadMode mode, String guarantee) {
        return Job.sink(server, "t")
                .primaryKey("id")
                .loadMode(mode)
                .option("sink.delivery-guarantee", guarantee)
                .build();
    }

    private static List<String> rows() throws SQLException {
        List<String> rows = new ArrayList<>(server.query(Changelog.select("t")));
        rows.sort(null);
        return rows;
    }
}
