package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.CopyFormat;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What went in is in the table, exactly: over many checkpoints, in every mode, format and parallelism. */
@EachOnOneLine
class ChangelogIT {

    private static final int CHANGES = Boolean.parseBoolean(System.getenv("PIE_LONG")) ? 200_000 : 80_000;
    private static final int KEYS = CHANGES / 10;
    private static final int CHECKPOINTS = 10;

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"1, BINARY", "4, BINARY", "1, TEXT", "4, TEXT"})
    void mergeEndsInTheChangelogsFinalState(int parallelism, CopyFormat format) throws Exception {
        String table = fresh("merge_" + parallelism + "_" + format, ", PRIMARY KEY (id)");
        Changelog changelog = Changelog.full(CHANGES, KEYS, parallelism);
        job().start(
                        parallelism,
                        ChangelogSource.of(changelog).overCheckpoints(CHECKPOINTS),
                        Job.sink(server, table)
                                .primaryKey("id")
                                .option(PieCloudDBOptions.COPY_FORMAT, format)
                                .build())
                .finish();
        assertThat(rows(table)).isEqualTo(changelog.finalRows());
    }

    @ParameterizedTest
    @CsvSource({"1, BINARY", "4, BINARY", "1, TEXT", "4, TEXT"})
    void appendHoldsEveryInsertedRowOnce(int parallelism, CopyFormat format) throws Exception {
        String table = fresh("append_" + parallelism + "_" + format, "");
        Changelog changelog = Changelog.inserts(CHANGES, KEYS, parallelism);
        job().start(
                        parallelism,
                        ChangelogSource.of(changelog).overCheckpoints(CHECKPOINTS),
                        Job.sink(server, table)
                                .option(PieCloudDBOptions.COPY_FORMAT, format)
                                .build())
                .finish();
        assertThat(rows(table)).isEqualTo(changelog.insertedRows());
    }

    @Test
    void mergeTakesUnalignedCheckpoints() throws Exception {
        String table = fresh("unaligned", ", PRIMARY KEY (id)");
        Changelog changelog = Changelog.full(CHANGES, KEYS, 4);
        job().with("execution.checkpointing.unaligned", "true")
                .start(
                        4,
                        ChangelogSource.of(changelog).overCheckpoints(CHECKPOINTS),
                        Job.sink(server, table).primaryKey("id").build())
                .finish();
        assertThat(rows(table)).isEqualTo(changelog.finalRows());
    }

    @ParameterizedTest
    @CsvSource({"1", "4"})
    void sqlMergesAnUpsertStreamToItsFinalState(int parallelism) throws Exception {
        String table = fresh("sql_" + parallelism, ", PRIMARY KEY (id)");
        Changelog changelog = Changelog.upserts(CHANGES, KEYS, parallelism);
        StreamExecutionEnvironment env = job().environment(parallelism);
        StreamTableEnvironment tables = StreamTableEnvironment.create(env);
        tables.createTemporaryView(
                "changes",
                tables.fromChangelogStream(
                        ChangelogSource.of(changelog)
                                .overCheckpoints(CHECKPOINTS)
                                .in(env),
                        Schema.newBuilder()
                                .column("id", "BIGINT NOT NULL")
                                .column("name", "STRING")
                                .column("amount", "DECIMAL(12, 2)")
                                .column("at", "TIMESTAMP(6)")
                                .primaryKey("id")
                                .build(),
                        ChangelogMode.upsert()));
        tables.executeSql("CREATE TABLE target (" + Changelog.SQL_COLUMNS + ", PRIMARY KEY (id) NOT ENFORCED) WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = '" + table + "')");
        job().attach(tables.executeSql("INSERT INTO target SELECT * FROM changes")
                        .getJobClient()
                        .orElseThrow())
                .finish();
        assertThat(rows(table)).isEqualTo(changelog.finalRows());
    }

    private static Job job() {
        return Job.withCheckpoints(Duration.ofMillis(200));
    }

    private static String fresh(String name, String key) throws SQLException {
        String table = name.toLowerCase();
        server.execute("CREATE TABLE " + table + " (" + Changelog.SERVER_COLUMNS + key + ")");
        return table;
    }

    private static List<String> rows(String table) throws SQLException {
        List<String> rows = server.query(Changelog.select(table));
        rows.sort(null);
        return rows;
    }
}
