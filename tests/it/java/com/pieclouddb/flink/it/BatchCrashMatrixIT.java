package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.clusterframework.ApplicationStatus;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * {@link CrashMatrixIT} for BATCH jobs, with the loss of a TaskManager: what its finished tasks had handed over is lost with it, so
 * writers run again after the commit, and draw other ids. MiniCluster's TaskManager leaves its threads behind, so
 * that what had been lost goes on beside what replaces it.
 */
class BatchCrashMatrixIT {

    private static final int ROWS = 2_000;
    private static final Duration SOON = Duration.ofSeconds(60);

    private static final DataType TYPE = DataTypes.ROW(DataTypes.FIELD("id", DataTypes.BIGINT().notNull()),
            DataTypes.FIELD("v", DataTypes.STRING()));

    private static final CrashFault[] FAULTS = {CrashFault.SERVER, CrashFault.CONNECTION, CrashFault.TASKMANAGER};

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void clear() throws Exception {
        Failpoints.clear();
        server.execute("DROP TABLE IF EXISTS t", "DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE",
                "CREATE TABLE t (id bigint, v text)");
    }

    static List<Arguments> cells() {
        boolean all = Boolean.parseBoolean(System.getenv("PIE_LONG"));
        List<Arguments> cells = new ArrayList<>();
        for (BatchCrashPoint point : BatchCrashPoint.values()) {
            for (LoadMode mode : LoadMode.values()) {
                for (CrashFault fault : FAULTS) {
                    boolean turn = fault == FAULTS[point.ordinal() % FAULTS.length]
                            && mode.ordinal() == point.ordinal() / FAULTS.length % 2;
                    boolean committed = point == BatchCrashPoint.PUBLISHED && fault == CrashFault.TASKMANAGER;
                    if (reaches(point, mode) && (all || turn || committed)) {
                        cells.add(Arguments.of(point, mode, fault));
                    }
                }
            }
        }
        return cells;
    }

    @ParameterizedTest
    @MethodSource("cells")
    @SuppressWarnings("try")
    void afterACrashNothingIsMissingAndNothingIsLeft(BatchCrashPoint point, LoadMode mode, CrashFault fault)
            throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before(server.port()); MiniCluster cluster = cluster()) {
            JobGraph graph = graph(point.guarantee(), mode, proxy.port());
            Failpoints.hold(point.failpoint());
            cluster.submitJob(graph).get();
            Failpoints.awaitHit(point.failpoint(), SOON);
            switch (fault) {
                case SERVER:
                    server.kill();
                    break;
                case CONNECTION:
                    proxy.cut();
                    break;
                default:
                    cluster.terminateTaskManager(0).get(30, TimeUnit.SECONDS);
            }
            Failpoints.release(point.failpoint());
            if (fault == CrashFault.SERVER) {
                server.restart();
            } else if (fault == CrashFault.TASKMANAGER) {
                cluster.startTaskManager();
            }
            assertThat(cluster.requestJobResult(graph.getJobID()).get(120, TimeUnit.SECONDS).getApplicationStatus())
                    .isEqualTo(ApplicationStatus.SUCCEEDED);
        }
        assertThat(server.count("SELECT count(DISTINCT id) FROM t")).as("nothing is lost").isEqualTo(ROWS);
        if (promise(point, mode).equals("exact")) {
            assertThat(server.count("SELECT count(*) FROM t")).as("nothing is doubled").isEqualTo(ROWS);
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(server.query(
                "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('pieclouddb_flink') AND relkind = 'r'"))
                .as("left behind").isSubsetOf("batches_postgres"));
        Leftovers.awaitNone(server, SOON);
    }

    @Test
    void theTableInTheDocumentIsTheOneOfTheTests() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("| guarantee | crash point | load_mode | server killed | connections cut | TaskManager lost |");
        lines.add("|---|---|---|---|---|---|");
        for (BatchCrashPoint point : BatchCrashPoint.values()) {
            for (LoadMode mode : LoadMode.values()) {
                if (reaches(point, mode)) {
                    String promise = promise(point, mode);
                    lines.add("| " + String.join(" | ", point.guarantee().toString(), point.words(), mode.toString(), promise,
                            promise, promise) + " |");
                }
            }
        }
        assertThat(Files.readString(Path.of("docs/delivery.md"))).contains(lines.stream().collect(Collectors.joining("\n")));
    }

    /** Appending needs no transaction of the flush's own. */
    private static boolean reaches(BatchCrashPoint point, LoadMode mode) {
        return mode == LoadMode.MERGE || point.guarantee() == DeliveryGuarantee.EXACTLY_ONCE
                || point != BatchCrashPoint.IN_TRANSACTION;
    }

    private static String promise(BatchCrashPoint point, LoadMode mode) {
        return mode == LoadMode.APPEND && point.guarantee() == DeliveryGuarantee.AT_LEAST_ONCE ? "nothing lost" : "exact";
    }

    private static Configuration configuration() {
        Configuration configuration = new Configuration();
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "100");
        configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
        configuration.setString("execution.runtime-mode", "BATCH");
        configuration.setString("rest.port", "0");
        return configuration;
    }

    private static MiniCluster cluster() throws Exception {
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder().setConfiguration(configuration())
                .setNumTaskManagers(1).setNumSlotsPerTaskManager(8).build());
        cluster.start();
        return cluster;
    }

    private static JobGraph graph(DeliveryGuarantee guarantee, LoadMode mode, int port) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration());
        env.setParallelism(2);
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        PieCloudDBSinkBuilder<Row> sink = PieCloudDBSink.<Row>builder().hostname("127.0.0.1").port(port).username("postgres")
                .database("postgres").table("t").option("load_mode", mode.toString())
                .option(PieCloudDBOptions.DELIVERY_GUARANTEE, guarantee)
                .rowType((RowType) TYPE.getLogicalType()).converter(RowConverter.forRow(TYPE));
        env.fromSequence(1, ROWS).map(id -> Row.of(id, "v" + id))
                .returns(Types.ROW_NAMED(new String[] {"id", "v"}, Types.LONG, Types.STRING))
                .sinkTo((mode == LoadMode.MERGE ? sink.primaryKey("id") : sink).build()).uid("sink");
        return env.getStreamGraph().getJobGraph();
    }
}
