package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.time.Duration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who is the same sink, and who is not: each place that a sink object has in a job, and each job, is one of its own.
 */
@EachOnOneLine
class SinkIdentityIT {

    private static final String TABLES = "SELECT relname FROM pg_class WHERE relnamespace = "
            + "to_regnamespace('pieclouddb_flink') AND relkind = 'r'";

    /** More than any key. */
    private static final long SHIFT = 1_000_000;

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
        server.execute("DROP TABLE IF EXISTS t", "DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE");
    }

    /** They replaced each other in the fence and at the ledger, and the job ended for good. */
    @ParameterizedTest
    @CsvSource({"AT_LEAST_ONCE, MERGE", "EXACTLY_ONCE, MERGE", "EXACTLY_ONCE, APPEND"})
    void oneSinkObjectIsASinkOfItsOwnForEachStream(DeliveryGuarantee guarantee, LoadMode mode) throws Exception {
        server.execute(
                "CREATE TABLE t (" + Changelog.SERVER_COLUMNS + (mode == LoadMode.MERGE ? ", PRIMARY KEY (id))" : ")"));
        Changelog changelog =
                mode == LoadMode.MERGE ? Changelog.upserts(6_000, 1_000, 2) : Changelog.inserts(6_000, 1_000, 2);
        Job job = Job.withCheckpoints(Duration.ofMillis(300)).restarting();
        StreamExecutionEnvironment env = job.environment(2);
        var builder = Job.sink(server, "t").option(PieCloudDBOptions.DELIVERY_GUARANTEE, guarantee);
        PieCloudDBSink<Row> sink = (mode == LoadMode.MERGE ? builder.primaryKey("id") : builder).build();
        for (long stream : new long[] {0, 1}) {
            ChangelogSource.of(changelog)
                    .overCheckpoints(4)
                    .in(env, "source " + stream)
                    .map(row -> shifted(row, stream))
                    .returns(Changelog.STREAM_TYPE)
                    .uid("shift " + stream)
                    .sinkTo(sink)
                    .uid("sink " + stream);
        }
        job.start(env).finish();
        long rows = mode == LoadMode.MERGE
                ? changelog.finalRows().size()
                : changelog.insertedRows().size();
        assertThat(server.count("SELECT count(*) FROM t WHERE id < " + SHIFT)).isEqualTo(rows);
        assertThat(server.count("SELECT count(*) FROM t WHERE id >= " + SHIFT)).isEqualTo(rows);
        assertThat(server.query(TABLES).stream().filter(table -> table.startsWith("fence_")))
                .hasSize(2);
    }

    private static Row shifted(Row row, long stream) {
        Row shifted = Row.copy(row);
        shifted.setField(0, (Long) row.getField(0) + stream * SHIFT);
        return shifted;
    }

    /** Each night's statement is another run, and none of them leaves a table. */
    @ParameterizedTest
    @EnumSource
    void eachRunOfABatchStatementAddsItsRowsAndLeavesNoTable(DeliveryGuarantee guarantee) throws Exception {
        server.execute(
                "CREATE TABLE t (id bigint, v text)", "DROP TABLE IF EXISTS m", "CREATE TABLE m (id bigint, v text)");
        for (int run = 1; run <= 3; run++) {
            statement(guarantee, LoadMode.APPEND, "t");
            statement(guarantee, LoadMode.MERGE, "m");
            assertThat(server.count("SELECT count(*) FROM t")).isEqualTo(run * 1_000L);
            assertThat(server.count("SELECT count(*) FROM m")).isEqualTo(1_000);
            assertThat(server.query(TABLES)).isSubsetOf("batches_postgres");
        }
    }

    private static void statement(DeliveryGuarantee guarantee, LoadMode mode, String table) throws Exception {
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inBatchMode().build());
        tables.getConfig().set("parallelism.default", "2");
        tables.executeSql(
                "CREATE TABLE numbers (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '1000',"
                        + " 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000')");
        tables.executeSql("CREATE TABLE target (id BIGINT, v STRING"
                + (mode == LoadMode.MERGE ? ", PRIMARY KEY (id) NOT ENFORCED" : "") + ") WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = '" + table + "', "
                + "'sink.delivery-guarantee' = '" + guarantee + "')");
        tables.executeSql("INSERT INTO target SELECT id, v FROM numbers").await();
    }

    /** One sink object in two jobs, at once or one after the other. */
    @Test
    void oneSinkObjectInTwoJobsIsTwoSinks() throws Exception {
        server.execute("CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ")");
        Changelog changelog = Changelog.inserts(4_000, 1_000, 2);
        PieCloudDBSink<Row> sink = Job.sink(server, "t")
                .option(PieCloudDBOptions.DELIVERY_GUARANTEE, DeliveryGuarantee.EXACTLY_ONCE)
                .build();
        Job first = Job.withCheckpoints(Duration.ofMillis(300))
                .start(2, ChangelogSource.of(changelog).overCheckpoints(4), sink);
        Job second = Job.withCheckpoints(Duration.ofMillis(300))
                .start(2, ChangelogSource.of(changelog).overCheckpoints(4), sink);
        first.finish();
        second.finish();
        assertThat(server.count("SELECT count(*) FROM t"))
                .isEqualTo(2L * changelog.insertedRows().size());
        assertThat(server.query(TABLES).stream().filter(table -> table.startsWith("ledger_")))
                .hasSize(2);
    }
}
