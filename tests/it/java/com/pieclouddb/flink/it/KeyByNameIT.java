package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SQL tables name their key, and that column is the key wherever it stands: also among computed and metadata columns,
 * which no row has.
 */
class KeyByNameIT {

    private static final int CHANGES = 4_000;

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
    void createTheTarget() throws Exception {
        server.execute("DROP TABLE IF EXISTS t", "CREATE TABLE t (a bigint, b bigint, c text)");
    }

    /** What stands between the columns is never written; the key is one column or two, in any order. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "twice AS b * 2, a BIGINT, b BIGINT, c STRING, PRIMARY KEY (b) NOT ENFORCED",
                "arrived TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, b BIGINT, a BIGINT, c STRING, "
                        + "PRIMARY KEY (b) NOT ENFORCED",
                "a BIGINT, now AS PROCTIME(), c STRING, part INT METADATA VIRTUAL, b BIGINT, PRIMARY KEY (b) NOT"
                        + " ENFORCED",
                "twice AS b * 2, a BIGINT, part INT METADATA VIRTUAL, b BIGINT, now AS PROCTIME(), c STRING, "
                        + "PRIMARY KEY (a, b) NOT ENFORCED",
                "c STRING, twice AS b * 2, b BIGINT, part INT METADATA VIRTUAL, a BIGINT, PRIMARY KEY (b, a) NOT"
                        + " ENFORCED",
            })
    void changesFindTheirRow(String columns) throws Exception {
        StreamExecutionEnvironment env =
                Job.withCheckpoints(Duration.ofMillis(300)).environment(2);
        StreamTableEnvironment tables = StreamTableEnvironment.create(env);
        String[] key = columns.contains("(b)") ? new String[] {"b"} : new String[] {"b", "a"};
        Map<String, Row> rows = new TreeMap<>();
        List<Row> changes = changes(key.length == 2, rows);
        tables.createTemporaryView(
                "changes",
                tables.fromChangelogStream(
                        env.fromCollection(
                                changes,
                                Types.ROW_NAMED(new String[] {"a", "b", "c"}, Types.LONG, Types.LONG, Types.STRING)),
                        Schema.newBuilder()
                                .column("a", "BIGINT NOT NULL")
                                .column("b", "BIGINT NOT NULL")
                                .column("c", "STRING")
                                .primaryKey(key)
                                .build(),
                        ChangelogMode.upsert()));
        target(tables, columns, "");
        tables.executeSql("INSERT INTO target SELECT " + physical(columns) + " FROM changes")
                .await();
        assertThat(server.query("SELECT a, b, c FROM t ORDER BY b, a"))
                .isEqualTo(rows.values().stream()
                        .map(row -> row.getField(0) + "|" + row.getField(1) + "|" + row.getField(2))
                        .collect(Collectors.toList()));
        assertThat(rows).hasSizeBetween(100, CHANGES / 2);
    }

    /** A column that the INSERT does not name is NULL, the named ones go where their names are. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "c, b      | 'x', 7    | null/7/x",
                "c, a, b   | 'x', 5, 7 | 5/7/x",
            })
    void anInsertMayNameItsColumns(String named, String values, String expected) throws Exception {
        server.execute("INSERT INTO t VALUES (1, 7, 'old'), (2, 2, 'other')");
        TableEnvironment tables = tables();
        target(
                tables,
                "twice AS b * 2, a BIGINT, part INT METADATA VIRTUAL, b BIGINT, now AS PROCTIME(), c STRING, "
                        + "PRIMARY KEY (b) NOT ENFORCED",
                "");
        tables.executeSql("INSERT INTO target (" + named + ") VALUES (" + values + ")")
                .await();
        assertThat(server.query("SELECT a, b, c FROM t ORDER BY b"))
                .containsExactly("2|2|other", expected.replace('/', '|'));
    }

    @Test
    void aDeclaredKeyDoesNotDisturbAppend() throws Exception {
        TableEnvironment tables = tables();
        target(
                tables,
                "twice AS b * 2, a BIGINT, b BIGINT, c STRING, PRIMARY KEY (b) NOT ENFORCED",
                ", 'load_mode' = 'append'");
        tables.executeSql("INSERT INTO target VALUES (1, 2, 'x'), (3, 2, 'y')").await();
        assertThat(server.query("SELECT * FROM t ORDER BY a")).containsExactly("1|2|x", "3|2|y");
    }

    @Test
    void metadataThatWouldHaveToBeWrittenIsRefused() {
        TableEnvironment tables = tables();
        target(tables, "part INT METADATA, a BIGINT, b BIGINT, c STRING, PRIMARY KEY (b) NOT ENFORCED", "");
        assertThatThrownBy(() -> tables.executeSql("INSERT INTO target VALUES (1, 2, 3, 'x')"))
                .hasStackTraceContaining("persistable metadata columns");
    }

    private static TableEnvironment tables() {
        TableEnvironment tables = Job.sql();
        tables.getConfig().set("parallelism.default", "2");
        return tables;
    }

    private static void target(TableEnvironment tables, String columns, String more) {
        tables.executeSql("CREATE TABLE target (" + columns + ") WITH ('connector' = 'pieclouddb', "
                + "'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', 'username' = 'postgres', "
                + "'database-name' = 'postgres', 'table-name' = 't'" + more + ")");
    }

    /** The names of the columns that a row has, in the order of the declaration. */
    private static String physical(String columns) {
        return Arrays.stream(
                        columns.substring(0, columns.indexOf(", PRIMARY KEY")).split(", "))
                .filter(column -> !column.contains(" AS ") && !column.contains(" METADATA "))
                .map(column -> column.split(" ")[0])
                .collect(Collectors.joining(", "));
    }

    /** Inserts, updates and deletes by (b) or by (b, a), without the rows before; what remains goes to {@code rows}. */
    private static List<Row> changes(boolean composite, Map<String, Row> rows) {
        Random random = new Random(7);
        List<Row> changes = new ArrayList<>();
        for (int version = 0; version < CHANGES; version++) {
            long b = random.nextInt(composite ? 20 : 400);
            long a = composite ? random.nextInt(20) : version;
            String key = String.format("%04d/%04d", b, composite ? a : 0);
            Row before = rows.get(key);
            if (before != null && random.nextInt(3) == 0) {
                Row deleted = Row.copy(before);
                deleted.setKind(RowKind.DELETE);
                changes.add(deleted);
                rows.remove(key);
            } else {
                Row row = Row.ofKind(before == null ? RowKind.INSERT : RowKind.UPDATE_AFTER, a, b, "v" + version);
                changes.add(row);
                rows.put(key, row);
            }
        }
        return changes;
    }
}
