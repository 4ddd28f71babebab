package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link CrashMatrixIT} for BATCH jobs, with the loss of a TaskManager: what its finished tasks had handed over is lost
 * with it, so writers run again after the commit, and draw other ids. MiniCluster's TaskManager leaves its threads
 * behind, so that what had been lost goes on beside what replaces it; {@code tests/e2e/crash-matrix.sh} kills a real
 * one.
 */
@EachOnOneLine
class BatchCrashMatrixIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private static final CrashFault[] FAULTS = CrashFault.COLUMNS;

    private static Postgres server;
    /** One for all cells: each would leave classes and buffers behind when it is closed, which is a lot for so many. */
    private static MiniCluster cluster;

    private static int lostTaskManagers;

    @BeforeAll
    static void start() throws Exception {
        server = Postgres.start();
        Configuration configuration = BatchCrashJob.configuration();
        configuration.setString("rest.port", "0");
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(8)
                .build());
        cluster.start();
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
        server.close();
    }

    @BeforeEach
    void clear() throws Exception {
        Failpoints.clear();
        server.execute(
                "DROP TABLE IF EXISTS t", "DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE", BatchCrashJob.CREATE_TABLE);
    }

    static List<Arguments> cells() {
        boolean all = Boolean.parseBoolean(System.getenv("PIE_LONG"));
        List<Arguments> cells = new ArrayList<>();
        for (BatchCrashPoint point : BatchCrashPoint.values()) {
            for (LoadMode mode : LoadMode.values()) {
                for (CrashFault fault : FAULTS) {
                    LoadMode inTurn = LoadMode.values()[point.ordinal() / FAULTS.length % 2];
                    boolean turn = fault == FAULTS[point.ordinal() % FAULTS.length]
                            && mode == (point.isReachedBy(inTurn) ? inTurn : LoadMode.MERGE);
                    boolean committed = point == BatchCrashPoint.PUBLISHED && fault == CrashFault.TASKMANAGER;
                    if (point.isReachedBy(mode) && (all || turn || committed)) {
                        cells.add(Arguments.of(point, mode, fault));
                    }
                }
            }
        }
        return cells;
    }

    @ParameterizedTest
    @MethodSource("cells")
    void afterACrashNothingIsMissingAndNothingIsLeft(BatchCrashPoint point, LoadMode mode, CrashFault fault)
            throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before(server.port())) {
            JobGraph graph = graph(point.guarantee(), mode, proxy.port());
            Failpoints.hold(point.failpoint());
            submit(graph);
            Failpoints.awaitHit(point.failpoint(), SOON);
            switch (fault) {
                case SERVER:
                    server.kill();
                    break;
                case CONNECTION:
                    proxy.cut();
                    break;
                case TASK:
                    failTasks();
                    break;
                default:
                    cluster.terminateTaskManager(lostTaskManagers++).get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
            }
            Failpoints.release(point.failpoint());
            if (fault == CrashFault.SERVER) {
                server.restart();
            } else if (fault == CrashFault.TASKMANAGER) {
                cluster.startTaskManager();
            }
            assertThat(cluster.requestJobResult(graph.getJobID())
                            .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS)
                            .isSuccess())
                    .isTrue();
        }
        assertThat(server.count("SELECT count(DISTINCT id) FROM t"))
                .as("nothing is lost")
                .isEqualTo(BatchCrashJob.ROWS);
        if (point.promise(mode).equals("exact")) {
            assertThat(server.count("SELECT count(*) FROM t"))
                    .as("nothing is doubled")
                    .isEqualTo(BatchCrashJob.ROWS);
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(server.query("SELECT relname FROM pg_class WHERE relnamespace ="
                                + " to_regnamespace('pieclouddb_flink') AND relkind = 'r'"))
                        .as("left behind")
                        .isSubsetOf("batches_postgres"));
        Leftovers.awaitNone(server, SOON);
    }

    @Test
    void theTableInTheDocumentIsTheOneOfTheTests() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("| guarantee | crash point | load_mode | "
                + Arrays.stream(FAULTS).map(CrashFault::words).collect(Collectors.joining(" | ")) + " |");
        lines.add("|" + "---|".repeat(3 + FAULTS.length));
        for (BatchCrashPoint point : BatchCrashPoint.values()) {
            for (LoadMode mode : LoadMode.values()) {
                if (point.isReachedBy(mode)) {
                    lines.add("| " + String.join(" | ", point.guarantee().toString(), point.words(), mode.toString())
                            + " |" + (" " + point.promise(mode) + " |").repeat(FAULTS.length));
                }
            }
        }
        assertThat(Files.readString(Path.of("docs/delivery.md")))
                .contains(lines.stream().collect(Collectors.joining("\n")));
    }

    /** Every task fails whose thread waits now: one that wakes with an exception ends as any that throws one does. */
    private static void failTasks() {
        List<Thread> tasks = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getThreadGroup() != null
                        && thread.getThreadGroup().getName().equals("Flink Task Threads"))
                .collect(Collectors.toList());
        assertThat(tasks).as("tasks that run").isNotEmpty();
        tasks.forEach(Thread::interrupt);
    }

    /** Flink 2 takes any plan there, Flink 1 this one. */
    private static void submit(JobGraph graph) throws Exception {
        Method submission = Arrays.stream(MiniCluster.class.getMethods())
                .filter(method -> method.getName().equals("submitJob")
                        && method.getParameterCount() == 1
                        && method.getParameterTypes()[0].isInstance(graph))
                .findAny()
                .orElseThrow();
        ((CompletableFuture<?>) submission.invoke(cluster, graph)).get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private static JobGraph graph(DeliveryGuarantee guarantee, LoadMode mode, int port) {
        return BatchCrashJob.of(
                        guarantee,
                        mode,
                        PieCloudDBSink.<Row>builder()
                                .hostname("127.0.0.1")
                                .port(port)
                                .username("postgres")
                                .database("postgres"))
                .getStreamGraph()
                .getJobGraph();
    }
}
