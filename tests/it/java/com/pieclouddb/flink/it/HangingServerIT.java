package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that stops answering costs bounded memory, and a job can always be cancelled. */
@EachOnOneLine
class HangingServerIT {

    private static final Duration A_FEW_SECONDS = Duration.ofSeconds(10);

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

    @Test
    void theWriterStopsTakingRowsWhenItsMemoryIsFull() throws Exception {
        String name = "memory";
        MetricsCapture.clear();
        Job job = Job.withCheckpoints(Duration.ofHours(1))
                .with(MetricsCapture.OPTION, MetricsCapture.class.getName())
                .start(
                        1,
                        ChangelogSource.of(Changelog.upserts(3_000_000, 1_000, 1))
                                .heldAt(name, 1_000),
                        Job.sink(server, "t")
                                .primaryKey("id")
                                .option(PieCloudDBOptions.BUFFER_MEMORY_SIZE, MemorySize.ofMebiBytes(8))
                                .build());
        Gate gate = Gate.named(name);
        await().atMost(Job.DEADLINE).until(() -> server.written("t") > 0);
        server.freeze();
        long residentBefore = Memory.resident();
        gate.open();
        long taken = untilItStandsStill(gate);
        // 8 MiB of the writer, what the kernel holds for a loopback connection, and Flink's own network buffers, at
        // about 60 bytes a row; all 3,000,000 rows would be 180 MB.
        assertThat(taken).isBetween(50_000L, 1_000_000L);
        // The heap is touched when the JVM starts, so what grows is native memory.
        assertThat(Memory.resident() - residentBefore)
                .as("bytes of resident memory gained")
                .isLessThan(100L << 20);
        assertThat((Long) MetricsCapture.gauge("pieclouddb.bufferedBytes")).isBetween(1L << 20, 8L << 20);
        server.thaw();
        job.cancel(A_FEW_SECONDS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aJobIsCancelledWithinSecondsAndLeavesNothing(int parallelism) throws Exception {
        String name = "cancel" + parallelism;
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .start(
                        parallelism,
                        ChangelogSource.of(Changelog.upserts(1_000_000, 1_000, parallelism))
                                .heldAt(name, 20_000),
                        Job.sink(server, "t").primaryKey("id").build());
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM t") > 0);
        server.freeze();
        Gate.named(name).open();
        untilItStandsStill(Gate.named(name));
        long before = System.nanoTime();
        job.cancel(A_FEW_SECONDS);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(A_FEW_SECONDS);
        await().atMost(Job.DEADLINE)
                .untilAsserted(() -> assertThat(NativeThreads.names()).isEmpty());
        server.thaw();
        await().atMost(Job.DEADLINE).until(() -> server.writerSessions() == 0);
    }

    /** How many rows the source emitted when it had not emitted any for two seconds. */
    private static long untilItStandsStill(Gate gate) {
        long[] seen = {-1, System.nanoTime()};
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    if (gate.emitted() != seen[0]) {
                        seen[0] = gate.emitted();
                        seen[1] = System.nanoTime();
                    }
                    return System.nanoTime() - seen[1] > TimeUnit.SECONDS.toNanos(2);
                });
        return seen[0];
    }
}
