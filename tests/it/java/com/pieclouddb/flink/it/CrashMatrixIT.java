package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Crashes at each point of a checkpoint, of each kind, in both load modes: the writer is held exactly there while it
 * happens. Afterwards the job ends by itself within {@link #RECOVERY}, with what was promised, and nothing is left.
 *
 * <p>The loss of a TaskManager needs processes: {@code tests/e2e/crash-matrix.sh}.
 */
@EachOnOneLine
class CrashMatrixIT {

    /** From the end of the fault to the end of the job, with five checkpoints on the way. */
    private static final Duration RECOVERY = Duration.ofSeconds(30);

    private static final Duration SOON = Duration.ofSeconds(30);

    private static final CrashFault[] FAULTS = {CrashFault.SERVER, CrashFault.CONNECTION, CrashFault.TASK};

    private static final Map<CrashCell, String> RESULTS = new ConcurrentHashMap<>();

    private static Postgres server;

    private CrashCell cell;
    private String gate;
    private CuttingProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        System.out.println(CrashMatrix.table(cell -> RESULTS.getOrDefault(cell, "not run"), FAULTS));
    }

    @BeforeEach
    void clear() throws Exception {
        Failpoints.clear();
        server.execute("DROP TABLE IF EXISTS t", "DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE");
    }

    @ParameterizedTest
    @MethodSource("cells")
    void afterACrashNothingIsMissingAndNothingIsLeft(CrashCell crash) throws Exception {
        cell = crash;
        gate = crash.toString();
        RESULTS.put(cell, "FAILED");
        CrashJob crashed = new CrashJob(cell.point().guarantee(), cell.mode());
        server.execute(crashed.createTable());
        try (CuttingProxy between = CuttingProxy.before(server.port())) {
            proxy = between;
            Job job = Job.withCheckpoints(Duration.ofMillis(200))
                    .restarting()
                    .with(
                            "execution.checkpointing.timeout",
                            cell.point().moment().checkpointTimeout())
                    .with("execution.checkpointing.tolerable-failed-checkpoints", "100")
                    .start(CrashJob.PARALLELISM, crashed.heldSource(gate), crashed.sink(sinkThroughProxy()));
            await().atMost(SOON).until(() -> Gate.named(gate).emitted() >= crashed.held());
            await().atMost(SOON).until(() -> server.count("SELECT count(*) FROM t") > 0);
            crash(job);
            long from = System.nanoTime();
            job.finishWithin(RECOVERY);
            long millis = Duration.ofNanos(System.nanoTime() - from).toMillis();
            int repeated = compare(crashed.expectedRows());
            Leftovers.awaitNone(server, SOON);
            RESULTS.put(
                    cell,
                    String.format(
                            "%s, %.1f s%s",
                            CrashMatrix.promise(cell),
                            millis / 1000.0,
                            repeated == 0 ? "" : ", " + repeated + " repeated"));
        }
    }

    static List<CrashCell> cells() {
        List<CrashCell> cells = new ArrayList<>();
        if (Boolean.parseBoolean(System.getenv("PIE_LONG"))) {
            cells.addAll(CrashMatrix.cells(FAULTS));
            cells.addAll(CrashMatrix.doubtful());
        } else {
            cells.addAll(CrashMatrix.representative(FAULTS));
            cells.add(CrashMatrix.doubtful().get(0));
        }
        return cells;
    }

    @Test
    void theTableInTheDocumentIsTheOneOfTheTests() throws IOException {
        assertThat(Files.readString(Path.of("docs/delivery.md")))
                .contains(CrashMatrix.table(CrashMatrix::promise, CrashFault.COLUMNS));
    }

    private PieCloudDBSinkBuilder<Row> sinkThroughProxy() {
        PieCloudDBSinkBuilder<Row> sink = Job.sink(server, "t").port(proxy.port());
        return cell.fault() != CrashFault.STALL
                ? sink
                : sink.option("sink.stall-timeout", "2 s").option("connection.timeout", "2 s");
    }

    private void crash(Job job) throws Exception {
        String point = cell.failpoint();
        Failpoints.hold(point);
        if (cell.point().moment() == CrashPoint.Moment.RESTORED) {
            Gate.named(gate).fail();
        }
        Gate.named(gate).open();
        Failpoints.awaitHit(point, SOON);
        if (cell.point().moment() == CrashPoint.Moment.ABORTED) {
            await().atMost(SOON).until(() -> Gate.named(gate).aborted() > 0);
        }
        switch (cell.fault()) {
            case SERVER:
                server.kill();
                break;
            case CONNECTION:
                proxy.cut();
                break;
            case STALL:
                proxy.stall();
                break;
            case HALF_CLOSE:
                proxy.halfClose(CuttingProxy.Side.CLIENT);
                break;
            default:
                // The restored job, too: it fails a second time.
                job.awaitRunning();
                Gate.named(gate).fail();
                awaitRestart(job);
        }
        Failpoints.release(point);
        if (cell.fault() == CrashFault.SERVER) {
            server.restart();
        } else if (cell.fault() == CrashFault.STALL) {
            awaitRestart(job);
            proxy.resume();
        }
    }

    private static void awaitRestart(Job job) {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> job.client().getJobStatus().get() != JobStatus.RUNNING);
    }

    /** How many rows are there more than once, where that may be. */
    private int compare(List<String> expected) throws Exception {
        List<String> rows = server.query(Changelog.select("t"));
        rows.sort(null);
        if (!cell.mayRepeatRows()) {
            assertThat(rows).isEqualTo(expected);
            return 0;
        }
        Set<String> different = new HashSet<>(rows);
        assertThat(new ArrayList<>(different)).containsExactlyInAnyOrderElementsOf(expected);
        return rows.size() - different.size();
    }
}
