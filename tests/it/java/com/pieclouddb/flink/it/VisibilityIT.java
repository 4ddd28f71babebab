package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When rows reach the server, and when readers see them. */
@EachOnOneLine
class VisibilityIT {

    private static final Duration NEVER_IN_A_TEST = Duration.ofHours(1);

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void rowsReachTheServerBeforeTheCheckpointAndAreSeenAfterIt(LoadMode mode) throws Exception {
        String table = fresh("before_" + mode, ", PRIMARY KEY (id)", mode);
        Gate gate = Gate.named(table);
        Changelog changelog =
                mode == LoadMode.MERGE ? Changelog.upserts(1_000, 900, 1) : Changelog.inserts(1_000, 900, 1);
        Job job = Job.withCheckpoints(NEVER_IN_A_TEST)
                .start(1, ChangelogSource.of(changelog).heldAt(table, 999), sink(table, mode));
        await().atMost(Job.DEADLINE).until(() -> server.written(table) > 0);
        assertThat(server.count("SELECT count(*) FROM " + table))
                .as("no checkpoint yet")
                .isZero();
        gate.open();
        job.finish();
        assertThat(server.count("SELECT count(*) FROM " + table)).isPositive();
    }

    @Test
    void withoutCheckpointsRowsAreSeenAfterTenSecondsWhileTheJobRuns() throws Exception {
        String table = fresh("by_time", ", PRIMARY KEY (id)", LoadMode.MERGE);
        Gate gate = Gate.named(table);
        Changelog changelog = Changelog.full(1_000, 100, 2);
        Job job = Job.withoutCheckpoints()
                .start(2, ChangelogSource.of(changelog).heldAt(table, 499), sink(table, LoadMode.MERGE));
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM " + table) > 0);
        gate.open();
        job.finish();
        assertThat(server.count("SELECT count(*) FROM " + table))
                .isEqualTo(changelog.finalRows().size());
    }

    @Test
    void withoutCheckpointsSoManyRowsAreSeenWhileTheJobRuns() throws Exception {
        String table = fresh("by_rows", "", LoadMode.APPEND);
        Gate gate = Gate.named(table);
        Job job = Job.withoutCheckpoints()
                .start(
                        1,
                        ChangelogSource.of(Changelog.inserts(500, 500, 1)).heldAt(table, 250),
                        Job.sink(server, table)
                                .option("sink.buffer-flush.max-rows", "100")
                                .build());
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM " + table) == 200);
        gate.open();
        job.finish();
        assertThat(server.count("SELECT count(*) FROM " + table)).isEqualTo(500);
    }

    @ParameterizedTest
    @EnumSource
    void aBatchJobDeliversEverything(LoadMode mode) throws Exception {
        String table = fresh("batch_" + mode, ", PRIMARY KEY (id)", mode);
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inBatchMode().build());
        tables.getConfig().set("parallelism.default", "2");
        tables.getConfig().set("execution.checkpointing.interval", "1 h");
        try (LogCapture log = LogCapture.open()) {
            insertSequence(tables, table, mode);
            assertThat(opened(log)).isNotEmpty().allMatch(line -> line.contains("without checkpoints"));
        }
        assertThat(server.count("SELECT count(DISTINCT id) FROM " + table)).isEqualTo(3);
    }

    @Test
    void whatCheckpointsThereAreReachesTheWritersOfSqlJobs() throws Exception {
        String table = fresh("learned_sql", "", LoadMode.APPEND);
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inStreamingMode().build());
        tables.getConfig().set("execution.checkpointing.interval", "1 h");
        tables.getConfig().set("execution.checkpointing.timeout", "4 min");
        try (LogCapture log = LogCapture.open()) {
            insertSequence(tables, table, LoadMode.APPEND);
            assertThat(opened(log)).isNotEmpty().allMatch(line -> line.contains("lock timeout PT2M"));
        }
        assertThat(server.count("SELECT count(*) FROM " + table)).isEqualTo(3);
    }

    @Test
    void whatCheckpointsThereAreReachesTheWritersOfDataStreamJobs() throws Exception {
        String table = fresh("learned_stream", ", PRIMARY KEY (id)", LoadMode.MERGE);
        Changelog changelog = Changelog.full(100, 10, 2);
        try (LogCapture log = LogCapture.open()) {
            Job.withCheckpoints(NEVER_IN_A_TEST)
                    .with("execution.checkpointing.timeout", "6 min")
                    .start(2, ChangelogSource.of(changelog), sink(table, LoadMode.MERGE))
                    .finish();
            Job.withoutCheckpoints()
                    .start(2, ChangelogSource.of(changelog), sink(table, LoadMode.MERGE))
                    .finish();
            assertThat(opened(log))
                    .hasSize(4)
                    .satisfiesOnlyOnce(
                            line -> assertThat(line).contains("subtask 1/2").contains("lock timeout PT3M"))
                    .satisfiesOnlyOnce(
                            line -> assertThat(line).contains("subtask 1/2").contains("without checkpoints"));
        }
    }

    @Test
    void aMixedJobOfSqlAndDataStreamFindsItsCheckpointsToo() throws Exception {
        String table = fresh("learned_mixed", "", LoadMode.APPEND);
        StreamExecutionEnvironment env = Job.withCheckpoints(NEVER_IN_A_TEST).environment(1);
        StreamTableEnvironment tables = StreamTableEnvironment.create(env);
        try (LogCapture log = LogCapture.open()) {
            insertSequence(tables, table, LoadMode.APPEND);
            assertThat(opened(log)).isNotEmpty().allMatch(line -> line.contains("lock timeout PT5M"));
        }
    }

    private static void insertSequence(TableEnvironment tables, String table, LoadMode mode) throws Exception {
        tables.executeSql("CREATE TABLE target (" + Changelog.SQL_COLUMNS
                + (mode == LoadMode.MERGE ? ", PRIMARY KEY (id) NOT ENFORCED" : "") + ") WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = '" + table + "')");
        tables.executeSql("INSERT INTO target SELECT id, CAST(id AS STRING), 1.5, TIMESTAMP '2026-01-01 00:00:00' "
                        + "FROM (VALUES (CAST(1 AS BIGINT)), (CAST(2 AS BIGINT)), (CAST(3 AS BIGINT))) AS v (id)")
                .await();
    }

    private static List<String> opened(LogCapture log) {
        return log.lines().stream()
                .filter(line -> line.contains("writer opened for"))
                .collect(Collectors.toList());
    }

    private static PieCloudDBSink<Row> sink(String table, LoadMode mode) {
        return mode == LoadMode.MERGE
                ? Job.sink(server, table).primaryKey("id").build()
                // Its transactions are not to end before the checkpoint, however slow the machine.
                : Job.sink(server, table).option("sink.copy.max-duration", "0").build();
    }

    private static String fresh(String name, String key, LoadMode mode) throws SQLException {
        String table = name.toLowerCase() + "_" + UUID.randomUUID().toString().substring(0, 8);
        server.execute(
                "CREATE TABLE " + table + " (" + Changelog.SERVER_COLUMNS + (mode == LoadMode.MERGE ? key : "") + ")");
        return table;
    }
}
