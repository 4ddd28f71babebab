package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SQL's planner hands over changes that the options have the sink leave out, and refuses those that nobody takes. */
@EachOnOneLine
class IgnoredRowsIT {

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
    @CsvSource({
        "at-least-once, false, '2 two'",
        "at-least-once, true, '1 uno,2 two'",
        "exactly-once, true, '1 uno,2 two'",
    })
    void aMergeLeavesOutDeletesIfAsked(String guarantee, boolean ignored, String rows) throws Exception {
        server.execute("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int PRIMARY KEY, name text)");
        StreamTableEnvironment tables = tables(
                ChangelogMode.upsert(),
                Row.ofKind(RowKind.UPDATE_AFTER, 1, "one"),
                Row.ofKind(RowKind.UPDATE_AFTER, 1, "uno"),
                Row.ofKind(RowKind.DELETE, 1, "uno"),
                Row.ofKind(RowKind.UPDATE_AFTER, 2, "two"));
        target(
                tables,
                ", PRIMARY KEY (id) NOT ENFORCED",
                ", 'sink.delivery-guarantee' = '" + guarantee + "', 'sink.ignore-delete' = '" + ignored + "'");
        tables.executeSql("INSERT INTO target SELECT * FROM changes").await();
        assertThat(server.query("SELECT id || ' ' || name FROM t ORDER BY 1")).containsExactly(rows.split(","));
    }

    @ParameterizedTest
    @CsvSource({"at-least-once", "exactly-once"})
    void aMergeMarksDeletedRowsIfAsked(String guarantee) throws Exception {
        server.execute("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int PRIMARY KEY, name text, gone boolean)");
        StreamTableEnvironment tables = tables(
                ChangelogMode.upsert(),
                Row.ofKind(RowKind.UPDATE_AFTER, 1, "one"),
                Row.ofKind(RowKind.UPDATE_AFTER, 2, "two"));
        String options = ", 'sink.delivery-guarantee' = '" + guarantee
                + "', 'sink.merge.strategy' = 'auto', 'sink.soft-delete.column' = 'gone'";
        target(tables, ", PRIMARY KEY (id) NOT ENFORCED", options);
        tables.executeSql("INSERT INTO target SELECT * FROM changes").await();
        // Flink lets no delete through of a key that a job has not seen.
        StreamTableEnvironment later = tables(
                ChangelogMode.upsert(),
                Row.ofKind(RowKind.UPDATE_AFTER, 1, "uno"),
                Row.ofKind(RowKind.DELETE, 1, "uno"));
        target(later, ", PRIMARY KEY (id) NOT ENFORCED", options);
        later.executeSql("INSERT INTO target SELECT * FROM changes").await();
        assertThat(server.query("SELECT id, name, gone FROM t ORDER BY 1")).containsExactly("1|one|t", "2|two|f");
    }

    @Test
    void appendTakesDeletesThatAreLeftOut() throws Exception {
        server.execute("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int, name text)");
        StreamTableEnvironment tables = tables(
                ChangelogMode.newBuilder()
                        .addContainedKind(RowKind.INSERT)
                        .addContainedKind(RowKind.DELETE)
                        .build(),
                Row.ofKind(RowKind.INSERT, 1, "one"),
                Row.ofKind(RowKind.DELETE, 1, "one"));
        target(tables, "", "");
        assertThatThrownBy(() -> tables.executeSql("INSERT INTO target SELECT * FROM changes"))
                .hasStackTraceContaining("takes inserted rows only");
        tables.executeSql("DROP TABLE target");
        target(tables, "", ", 'sink.ignore-delete' = 'true'");
        tables.executeSql("INSERT INTO target SELECT * FROM changes").await();
        assertThat(server.query("SELECT id || ' ' || name FROM t")).containsExactly("1 one");
        assertThatThrownBy(
                        () -> tables.executeSql("INSERT INTO target SELECT MAX(id), name FROM changes GROUP BY name"))
                .as("updates have no key to go by")
                .hasStackTraceContaining("takes inserted rows only");
    }

    private static StreamTableEnvironment tables(ChangelogMode mode, Row... changes) {
        StreamExecutionEnvironment env =
                Job.withCheckpoints(Duration.ofMillis(200)).environment(1);
        StreamTableEnvironment tables = StreamTableEnvironment.create(env);
        tables.getConfig().set("table.exec.sink.require-on-conflict", "false");
        tables.createTemporaryView(
                "changes",
                tables.fromChangelogStream(
                        env.fromCollection(
                                List.of(changes),
                                Types.ROW_NAMED(new String[] {"id", "name"}, Types.INT, Types.STRING)),
                        Schema.newBuilder()
                                .column("id", "INT NOT NULL")
                                .column("name", "STRING")
                                .primaryKey("id")
                                .build(),
                        mode));
        return tables;
    }

    private static void target(StreamTableEnvironment tables, String key, String options) {
        tables.executeSql("CREATE TABLE target (id INT NOT NULL, name STRING" + key + ") WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = 't'" + options + ")");
    }
}
