package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Exactly-once: each row once, in both load modes, through failures, savepoints and rescaling; and only at checkpoints.
 */
@EachOnOneLine
class ExactlyOnceIT {

    private Postgres server;

    @BeforeEach
    void start() throws Exception {
        server = Postgres.start();
        server.execute("CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ")");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"MERGE, 1", "MERGE, 4", "APPEND, 1", "APPEND, 4"})
    void everyRowIsThereOnceAtTheEnd(LoadMode mode, int parallelism) throws Exception {
        Changelog changelog = changelog(mode, 100_000, parallelism);
        job().start(parallelism, ChangelogSource.of(changelog).overCheckpoints(8), sink(mode))
                .finish();
        assertThat(rows()).isEqualTo(expected(mode, changelog));
        assertNothingIsStaged();
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreSeenWhenTheirCheckpointHasCompletedAndNotBefore(LoadMode mode) throws Exception {
        String name = "visible_" + mode;
        Changelog changelog = changelog(mode, 1_000, 1);
        Job job = Job.withCheckpoints(Duration.ofHours(1))
                .start(1, ChangelogSource.of(changelog).heldAt(name, 999), sink(mode));
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= 999);
        assertThat(server.count("SELECT count(*) FROM t")).isZero();
        Gate.named(name).open();
        job.finish();
        assertThat(rows()).isEqualTo(expected(mode, changelog));
    }

    @ParameterizedTest
    @CsvSource({"MERGE, 2", "APPEND, 2", "APPEND, 1"})
    void aServerKilledInMidEpochAndBackAgainCostsNothing(LoadMode mode, int parallelism) throws Exception {
        String name = "killed_eo_" + mode + parallelism;
        Changelog changelog = changelog(mode, 60_000, parallelism);
        Job job = job().restarting()
                .start(
                        parallelism,
                        ChangelogSource.of(changelog).overCheckpoints(6).heldAt(name, 22_000 / parallelism),
                        sink(mode));
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= 22_000);
        // What was emitted is published after its checkpoint has completed.
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM t") > 0);
        server.kill();
        Gate.named(name).open();
        server.restart();
        job.finish();
        assertThat(rows()).isEqualTo(expected(mode, changelog));
        // What the failed attempt had staged of the epoch is kept for the retention, and marked.
        Leftovers.awaitNone(server, Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @CsvSource({"MERGE, 2, 4", "APPEND, 2, 4", "APPEND, 4, 2", "APPEND, 1, 3"})
    void aJobContinuesFromASavepointAtAnotherParallelism(LoadMode mode, int before, int after, @TempDir Path folder)
            throws Exception {
        String name = "rescale_eo_" + mode + before + after;
        Changelog changelog = changelog(mode, 80_000, 4);
        Job job = job().start(
                        before, ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, 12_000), sink(mode));
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM t") > 0);
        String savepoint = stopped(job, false, folder);
        assertThat(rows()).isNotEqualTo(expected(mode, changelog));
        Gate.named(name).open();
        job().from(savepoint)
                .start(after, ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, 12_000), sink(mode))
                .finish();
        assertThat(rows()).isEqualTo(expected(mode, changelog));
        assertNothingIsStaged();
    }

    @Test
    void aDrainedSavepointHoldsEverythingThatWasRead(@TempDir Path folder) throws Exception {
        String name = "drained_eo";
        Changelog changelog = changelog(LoadMode.APPEND, 40_000, 2);
        Job job = job().start(2, ChangelogSource.of(changelog).heldAt(name, 15_000), sink(LoadMode.APPEND));
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= 30_000);
        String savepoint = stopped(job, true, folder);
        assertThat(server.count("SELECT count(*) FROM t")).isEqualTo(30_000);
        Gate.named(name).open();
        job().from(savepoint)
                .start(2, ChangelogSource.of(changelog).heldAt(name, 15_000), sink(LoadMode.APPEND))
                .finish();
        assertThat(rows()).isEqualTo(changelog.insertedRows());
    }

    @Test
    void whatADroppedJobLeavesGoesWithTheDocumentedStatement() throws Exception {
        Changelog changelog = changelog(LoadMode.MERGE, 1_000, 2);
        job().start(2, ChangelogSource.of(changelog), sink(LoadMode.MERGE)).finish();
        List<String> left = server.query("SELECT relname FROM pg_tables JOIN pg_class ON relname = tablename "
                + "WHERE schemaname = 'pieclouddb_flink'");
        assertThat(left).anyMatch(name -> name.startsWith("fence_")).anyMatch(name -> name.startsWith("stage_"));
        String ledger = left.stream()
                .filter(name -> name.startsWith("ledger_"))
                .findFirst()
                .orElseThrow();
        String document = Files.readString(Path.of("docs/delivery.md"));
        String statement = document.substring(document.indexOf("```sql") + 6, document.lastIndexOf("```"));
        server.execute(statement.replace("<sink>", ledger.substring("ledger_".length())));
        assertThat(server.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'pieclouddb_flink'"))
                .isZero();
    }

    private Job job() {
        return Job.withCheckpoints(Duration.ofMillis(200));
    }

    private static String stopped(Job job, boolean drain, Path folder) throws Exception {
        return job.client()
                .stopWithSavepoint(drain, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Changelog changelog(LoadMode mode, int changes, int partitions) {
        return mode == LoadMode.MERGE
                ? Changelog.full(changes, changes / 10, partitions)
                : Changelog.inserts(changes, changes / 10, partitions);
    }

    private static List<String> expected(LoadMode mode, Changelog changelog) {
        return mode == LoadMode.MERGE ? changelog.finalRows() : changelog.insertedRows();
    }

    private PieCloudDBSink<Row> sink(LoadMode mode) {
        return Job.sink(server, "t")
                .primaryKey("id")
                .loadMode(mode)
                .option(PieCloudDBOptions.DELIVERY_GUARANTEE, DeliveryGuarantee.EXACTLY_ONCE)
                .build();
    }

    private void assertNothingIsStaged() throws SQLException {
        for (String table : server.query(
                "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'pieclouddb_flink'::regnamespace AND"
                        + " relkind = 'r' AND relname LIKE 'stage%'")) {
            assertThat(server.count("SELECT count(*) FROM pieclouddb_flink." + table))
                    .as(table)
                    .isZero();
        }
    }

    private List<String> rows() throws SQLException {
        List<String> rows = server.query(Changelog.select("t"));
        rows.sort(null);
        return rows;
    }
}
