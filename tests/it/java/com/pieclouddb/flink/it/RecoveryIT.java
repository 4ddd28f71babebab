package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
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

/** A merge converges to the exact result whatever restarts in between. */
@EachOnOneLine
class RecoveryIT {

    private Postgres server;

    @BeforeEach
    void start() throws Exception {
        server = Postgres.start();
        server.execute("CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ", PRIMARY KEY (id))");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void aServerKilledInMidEpochAndBackAgainCostsNothing(int parallelism) throws Exception {
        String name = "killed" + parallelism;
        Changelog changelog = Changelog.full(100_000, 5_000, parallelism);
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(
                        parallelism,
                        ChangelogSource.of(changelog).overCheckpoints(10).heldAt(name, 26_000 / parallelism),
                        sink());
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= 26_000);
        assertThat(server.count("SELECT count(*) FROM t")).isPositive();
        server.kill();
        Gate.named(name).open();
        server.restart();
        job.finish();
        assertThat(rows()).isEqualTo(changelog.finalRows());
    }

    @ParameterizedTest
    @CsvSource({"2, 4", "4, 2", "1, 3"})
    void aJobContinuesFromASavepointAtAnotherParallelism(int before, int after, @TempDir Path folder) throws Exception {
        String name = "rescale" + before + after;
        Changelog changelog = Changelog.full(80_000, 4_000, 4);
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .start(before, ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, 12_000), sink());
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM t") > 0);
        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        assertThat(rows()).isNotEqualTo(changelog.finalRows());
        Gate.named(name).open();
        Job.withCheckpoints(Duration.ofMillis(200))
                .from(savepoint)
                .start(after, ChangelogSource.of(changelog).overCheckpoints(4).heldAt(name, 12_000), sink())
                .finish();
        assertThat(rows()).isEqualTo(changelog.finalRows());
    }

    @Test
    void aJobThatCannotReachItsServerYetWaitsForIt() throws Exception {
        Changelog changelog = Changelog.full(1_000, 100, 1);
        server.kill();
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(1, ChangelogSource.of(changelog), sink());
        job.awaitRunning();
        server.restart();
        job.finish();
        assertThat(rows()).isEqualTo(changelog.finalRows());
    }

    private PieCloudDBSink<Row> sink() {
        return Job.sink(server, "t").primaryKey("id").build();
    }

    private List<String> rows() throws SQLException {
        List<String> rows = server.query(Changelog.select("t"));
        rows.sort(null);
        return rows;
    }
}
