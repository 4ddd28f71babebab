package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SQL merges into a table whose rows must not be replaced, if asked to update them. */
@EachOnOneLine
class MergeStrategyIT {

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
    void fill() throws SQLException {
        server.execute(
                "DROP TABLE IF EXISTS child, fired, t",
                "CREATE TABLE t (id int PRIMARY KEY, name text, note text DEFAULT 'none')",
                "CREATE TABLE child (t_id int REFERENCES t ON DELETE CASCADE)",
                "CREATE TABLE fired (what text)",
                "CREATE OR REPLACE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO fired VALUES"
                        + " (TG_OP); RETURN NULL; END'",
                "INSERT INTO t VALUES (1, 'old', 'mine'), (2, 'other', 'mine')",
                "INSERT INTO child VALUES (1), (2)",
                "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE PROCEDURE audit()");
    }

    @ParameterizedTest
    @CsvSource({"update, at-least-once", "auto, at-least-once", "update, exactly-once", "auto, exactly-once"})
    void whatTheSinkDoesNotWriteStaysAsItIs(String strategy, String guarantee) throws Exception {
        insert("'sink.merge.strategy' = '" + strategy + "', 'sink.delivery-guarantee' = '" + guarantee + "'");
        assertThat(server.query("SELECT id, name, note FROM t ORDER BY 1"))
                .containsExactly("1|new|mine", "2|other|mine", "3|three|none");
        assertThat(server.query("SELECT t_id FROM child ORDER BY 1")).containsExactly("1", "2");
        assertThat(server.query("SELECT what FROM fired ORDER BY 1")).containsExactly("INSERT", "UPDATE");
    }

    @Test
    void replacingIsRefusedAndSaysWhatToSet() throws Exception {
        assertThatThrownBy(() -> insert("'sink.merge.strategy' = 'replace'"))
                .hasStackTraceContaining("a foreign key points at them: child_t_id_fkey of child; set"
                        + " 'sink.merge.strategy' = 'auto'");
        assertThat(server.query("SELECT name FROM t ORDER BY 1")).containsExactly("old", "other");
    }

    private static void insert(String options) throws Exception {
        TableEnvironment tables = StreamTableEnvironment.create(
                Job.withCheckpoints(Duration.ofMillis(200)).environment(1));
        tables.getConfig().set("table.exec.sink.require-on-conflict", "false");
        tables.executeSql("CREATE TABLE target (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = 't', " + options + ")");
        tables.executeSql("INSERT INTO target VALUES (1, 'new'), (3, 'three')").await();
    }
}
