package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exactly-once in every kind of job: BATCH, SQL, several sinks, many tables, unaligned checkpoints. */
class ExactlyOnceJobsIT {

    private static final int ROWS = 5_000;

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
    void aBatchJobPublishesEverythingOnceAtItsEnd(LoadMode mode) throws Exception {
        String table = fresh("batch_eo_" + mode);
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inBatchMode().build());
        tables.getConfig().set("parallelism.default", "2");
        source(tables);
        target(tables, "target", table, mode);
        tables.executeSql("INSERT INTO target SELECT id, v FROM numbers").await();
        assertThat(server.count("SELECT count(*) FROM " + table)).isEqualTo(ROWS);
        assertThat(server.count("SELECT count(DISTINCT id) FROM " + table)).isEqualTo(ROWS);
    }

    /** At equal parallelism the planner does not shuffle, and no unique index would stop two writers of one key. */
    @ParameterizedTest
    @EnumSource
    void equalParallelismWithoutAPlannersShuffleDoublesNoKey(DeliveryGuarantee guarantee) throws Exception {
        String table = fresh("no_shuffle_" + guarantee.name());
        TableEnvironment tables = Job.sql();
        tables.getConfig().set("parallelism.default", "4");
        tables.getConfig().set("execution.checkpointing.interval", "100 ms");
        tables.executeSql(
                "CREATE TABLE same_keys (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'number-of-rows' ="
                        + " '40000', 'fields.id.min' = '1', 'fields.id.max' = '500', 'fields.v.length' = '9')");
        target(tables, "target", table, LoadMode.MERGE, guarantee);
        tables.executeSql("INSERT INTO target SELECT id, v FROM same_keys").await();
        assertThat(server.count("SELECT count(DISTINCT id) FROM " + table)).isEqualTo(500);
        assertThat(server.count("SELECT count(*) FROM " + table)).isEqualTo(500);
    }

    @Test
    void eachTableOfAStatementSetIsASinkOfItsOwn() throws Exception {
        String first = fresh("set_one");
        String second = fresh("set_two");
        TableEnvironment tables = Job.sql();
        tables.getConfig().set("parallelism.default", "2");
        tables.getConfig().set("execution.checkpointing.interval", "200 ms");
        source(tables);
        target(tables, "first_sink", first, LoadMode.MERGE);
        target(tables, "second_sink", second, LoadMode.APPEND);
        StatementSet statements = tables.createStatementSet();
        statements.addInsertSql("INSERT INTO first_sink SELECT id, v FROM numbers");
        statements.addInsertSql("INSERT INTO second_sink SELECT id, v FROM numbers");
        statements.addInsertSql("INSERT INTO second_sink SELECT id + " + ROWS + ", v FROM numbers");
        statements.execute().await();
        assertThat(server.count("SELECT count(*) FROM " + first)).isEqualTo(ROWS);
        assertThat(server.count("SELECT count(*) FROM " + second)).isEqualTo(2 * ROWS);
        assertThat(server.count("SELECT count(DISTINCT id) FROM " + second)).isEqualTo(2 * ROWS);
    }

    @Test
    void aStreamWithoutCheckpointsIsRefusedWhileItIsPlanned() throws Exception {
        String table = fresh("refused_eo");
        TableEnvironment tables = Job.sql();
        source(tables);
        target(tables, "target", table, LoadMode.MERGE);
        assertThatThrownBy(() -> tables.explainSql("INSERT INTO target SELECT id, v FROM numbers"))
                .hasStackTraceContaining(ValidationException.class.getName())
                .hasStackTraceContaining("cannot have 'sink.delivery-guarantee' = 'exactly-once'")
                .hasStackTraceContaining("execution.checkpointing.interval");
    }

    @Test
    void manyTablesArePublishedTogether() throws Exception {
        ChangelogTables tables = new ChangelogTables(20);
        server.execute(tables.create());
        Changelog changelog = Changelog.full(60_000, 6_000, 4);
        StreamExecutionEnvironment env =
                Job.withCheckpoints(Duration.ofMillis(200)).environment(2);
        ChangelogSource.of(changelog)
                .overCheckpoints(6)
                .in(env)
                .sinkTo(PieCloudDBSink.<Row>databaseBuilder()
                        .hostname("127.0.0.1")
                        .port(server.port())
                        .username("postgres")
                        .database("postgres")
                        .option("sink.delivery-guarantee", "exactly-once")
                        .option("connection.pool.max-size", "3")
                        .converter(tables)
                        .build())
                .uid("sink");
        Job.withCheckpoints(Duration.ofMillis(200)).start(env).finish();
        List<String> rows = new ArrayList<>();
        for (String select : tables.selects()) {
            rows.addAll(server.query(select));
        }
        rows.sort(null);
        assertThat(rows).isEqualTo(tables.finalRows(changelog));
    }

    @Test
    void unalignedCheckpointsAreTakenWhereFlinkCommitsThemWhole() throws Exception {
        assumeThat(EnvironmentInformation.getVersion())
                .as("refused there, see ExactlyOnceNeedsTest")
                .doesNotStartWith("1.18.");
        String table = "unaligned_eo";
        server.execute("CREATE TABLE " + table + " (" + Changelog.SERVER_COLUMNS + ")");
        Changelog changelog = Changelog.inserts(100_000, 10_000, 4);
        Job.withCheckpoints(Duration.ofMillis(200))
                .with("execution.checkpointing.unaligned", "true")
                .start(
                        4,
                        ChangelogSource.of(changelog).overCheckpoints(8),
                        Job.sink(server, table)
                                .option("sink.delivery-guarantee", "exactly-once")
                                .build())
                .finish();
        List<String> rows = server.query(Changelog.select(table));
        rows.sort(null);
        assertThat(rows).isEqualTo(changelog.insertedRows());
    }

    private static void source(TableEnvironment tables) {
        tables.executeSql("CREATE TABLE numbers (id BIGINT, v STRING) WITH ('connector' = 'datagen', "
                + "'number-of-rows' = '" + ROWS + "', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', "
                + "'fields.id.end' = '" + ROWS + "')");
    }

    private static void target(TableEnvironment tables, String name, String table, LoadMode mode) {
        target(tables, name, table, mode, DeliveryGuarantee.EXACTLY_ONCE);
    }

    private static void target(
            TableEnvironment tables, String name, String table, LoadMode mode, DeliveryGuarantee guarantee) {
        tables.executeSql("CREATE TABLE " + name + " (id BIGINT, v STRING"
                + (mode == LoadMode.MERGE ? ", PRIMARY KEY (id) NOT ENFORCED" : "") + ") WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = '" + table + "', "
                + "'sink.delivery-guarantee' = '" + guarantee + "')");
    }

    private static String fresh(String name) throws SQLException {
        String table = name.toLowerCase();
        server.execute("CREATE TABLE " + table + " (id bigint, v text)");
        return table;
    }
}
