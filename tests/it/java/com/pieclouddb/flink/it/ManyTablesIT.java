package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBDatabaseSinkBuilder;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One sink, many tables: exact, over few connections, whatever restarts in between. */
@EachOnOneLine
class ManyTablesIT {

    private Postgres server;

    @BeforeEach
    void start() throws IOException {
        MetricsCapture.clear();
        server = Postgres.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void aThousandTablesOverEightConnectionsEndExact() throws Exception {
        endsExact(1_000, 4, "64mb", 200_000);
    }

    @ParameterizedTest
    @CsvSource({"1000, 1, 64mb", "1000, 16, 64mb", "1000, 4, 1mb", "1000, 4, 256mb", "3, 8, 1mb"})
    @EnabledIfEnvironmentVariable(named = "PIE_LONG", matches = "true", disabledReason = "long: part of ./test all")
    void otherPoolsAndBudgetsEndExact(int tables, int pool, String budget) throws Exception {
        endsExact(tables, pool, budget, 400_000);
    }

    private void endsExact(int tables, int pool, String budget, int changes) throws Exception {
        ChangelogTables spread = new ChangelogTables(tables);
        Changelog changelog = Changelog.full(changes, changes / 5, 2);
        server.execute(spread.create());
        long residentBefore = Memory.resident();
        WriterSessions sessions = WriterSessions.watch(server);
        Job job = Job.withCheckpoints(Duration.ofMillis(500))
                .with(MetricsCapture.OPTION, MetricsCapture.class.getName())
                .start(
                        2,
                        ChangelogSource.of(changelog).overCheckpoints(4),
                        sink(tables)
                                .option("connection.pool.max-size", String.valueOf(pool))
                                .option("sink.buffer.memory-size", budget)
                                .build());
        job.finish();
        assertThat(sessions.most()).as("connections at a time").isBetween(1L, 2L * pool);
        // Sessions that end drop hundreds of temporary tables each, with locks for which the server has room once.
        await().atMost(Duration.ofMinutes(2)).until(() -> server.writerSessions() == 0);
        assertThat(rows(spread)).isEqualTo(spread.finalRows(changelog));
        assertThat(MetricsCapture.counter("numRecordsSend"))
                .as("rows of one of two writers")
                .isPositive();
        // Two budgets, and what 1,000 tables, two writers and Flink's own native memory may take beside them.
        long budgets = 2 * MemorySize.parse(budget).getBytes();
        assertThat(Memory.resident() - residentBefore)
                .as("bytes of resident memory gained")
                .isLessThan(budgets + (160L << 20));
    }

    @Test
    void aServerKilledInMidEpochAndBackAgainCostsNothing() throws Exception {
        ChangelogTables spread = new ChangelogTables(100);
        Changelog changelog = Changelog.full(60_000, 6_000, 2);
        server.execute(spread.create());
        String name = "many-killed";
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(
                        2,
                        ChangelogSource.of(changelog).overCheckpoints(8).heldAt(name, 13_000),
                        sink(100).build());
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= 26_000);
        server.kill();
        Gate.named(name).open();
        server.restart();
        job.finish();
        assertThat(rows(spread)).isEqualTo(spread.finalRows(changelog));
    }

    @ParameterizedTest
    @CsvSource({"2, 4, true", "4, 2, false"})
    void schemasOutliveASavepointAtAnotherParallelism(int before, int after, boolean unaligned, @TempDir Path folder)
            throws Exception {
        ChangelogTables spread = new ChangelogTables(50);
        Changelog changelog = Changelog.full(40_000, 4_000, 4);
        server.execute(spread.create());
        String name = "many-rescale" + before;
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .with("execution.checkpointing.unaligned", String.valueOf(unaligned))
                .start(before, ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, 6_000), sink(50).build());
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM t0") > 0);
        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        Gate.named(name).open();
        Job.withCheckpoints(Duration.ofMillis(200))
                .from(savepoint)
                .start(after, ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, 6_000), sink(50).build())
                .finish();
        assertThat(rows(spread)).isEqualTo(spread.finalRows(changelog));
    }

    @Test
    void missingTargetsAreCreatedByAllWritersAtOnce() throws Exception {
        ChangelogTables spread = new ChangelogTables(30);
        Changelog changelog = Changelog.full(20_000, 2_000, 4);
        Job.withCheckpoints(Duration.ofMillis(200))
                .start(
                        4,
                        ChangelogSource.of(changelog).overCheckpoints(3),
                        sink(30).option("sink.create-table.enabled", "true").build())
                .finish();
        assertThat(rows(spread)).isEqualTo(spread.finalRows(changelog));
        assertThat(server.count("SELECT count(*) FROM pg_index WHERE indisprimary AND indrelid::regclass::text ~ '^t'"))
                .isEqualTo(30);
    }

    @Test
    void aTargetThatDoesNotExistIsNamedOnceAndEndsTheJob() throws Exception {
        ChangelogTables spread = new ChangelogTables(5);
        server.execute(spread.create());
        server.execute("DROP TABLE t3");
        StreamExecutionEnvironment env =
                Job.withCheckpoints(Duration.ofMillis(200)).restarting().environment(1);
        ChangelogSource.of(Changelog.full(10_000, 1_000, 1)).in(env).sinkTo(sink(5).build());
        Throwable failure =
                Job.withCheckpoints(Duration.ofMillis(200)).start(env).failure();
        assertThat(failure).hasStackTraceContaining("table \"public\".\"t3\": does not exist");
    }

    private PieCloudDBDatabaseSinkBuilder<Row> sink(int tables) {
        return PieCloudDBSink.<Row>databaseBuilder()
                .hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .converter(new ChangelogTables(tables));
    }

    private List<String> rows(ChangelogTables spread) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (String select : spread.selects()) {
            rows.addAll(server.query(select));
        }
        rows.sort(null);
        return rows;
    }
}
