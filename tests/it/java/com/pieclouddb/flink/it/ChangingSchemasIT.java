package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBDatabaseSinkBuilder;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables whose schemas change while they are loaded end as their changes say. */
@EachOnOneLine
class ChangingSchemasIT {

    private static final int TABLES = 30;
    private static final int KEYS = 50;
    private static final long CHANGES = 60_000;

    private Postgres server;

    @BeforeEach
    void start() throws Exception {
        server = Postgres.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void aColumnThatComesLaterIsStoredFromThenOn() throws Exception {
        createTables("id int PRIMARY KEY, last bigint, twice bigint");
        run(sink().option("sink.merge.allow-replace", "true").build());
        assertTables();
        for (int table = 0; table < TABLES; table++) {
            assertThat(server.count("SELECT count(*) FROM t" + table + " WHERE twice IS DISTINCT FROM 2 * last"))
                    .isZero();
        }
    }

    @Test
    void aColumnThatTheTargetLacksIsLeftOutIfTheOptionsSaySo() throws Exception {
        createTables("id int PRIMARY KEY, last bigint");
        run(sink().option("schema.change.behavior", "ignore").build());
        assertTables();
    }

    /** Two subtasks learn of the new form at different times, and both have rows of the old one on their way. */
    @ParameterizedTest
    @ValueSource(strings = {"at-least-once", "exactly-once"})
    void aTargetIsGivenTheColumnsAndTheRoomThatItLacks(String guarantee) throws Exception {
        createTables("id int PRIMARY KEY, last smallint NOT NULL");
        // Flink 1.18 refuses unaligned checkpoints with exactly-once.
        run(
                sink().option("schema.change.behavior", "lenient")
                        .option("sink.delivery-guarantee", guarantee)
                        .build(),
                "false");
        assertTables();
        for (int table = 0; table < TABLES; table++) {
            assertThat(server.count("SELECT count(*) FROM t" + table + " WHERE twice IS DISTINCT FROM"
                            + " CASE WHEN last >= " + CHANGES / 2 + " THEN 2 * last END"))
                    .isZero();
        }
        assertThat(server.query("SELECT DISTINCT a.attname, a.atttypid::regtype, a.attnotnull FROM pg_attribute a"
                        + " JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname LIKE 't%' AND c.relkind = 'r'"
                        + " AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 ORDER BY 1"))
                .containsExactly("id|integer|t", "last|bigint|f", "twice|bigint|f");
    }

    private void createTables(String columns) throws Exception {
        for (int table = 0; table < TABLES; table++) {
            server.execute("CREATE TABLE t" + table + " (" + columns + ")");
        }
    }

    private PieCloudDBDatabaseSinkBuilder<Long> sink() {
        return PieCloudDBSink.<Long>databaseBuilder()
                .hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .converter(new Numbers());
    }

    private void run(PieCloudDBSink<Long> sink) throws Exception {
        run(sink, "true");
    }

    private void run(PieCloudDBSink<Long> sink, String unaligned) throws Exception {
        Job job = Job.withCheckpoints(Duration.ofMillis(300)).with("execution.checkpointing.unaligned", unaligned);
        StreamExecutionEnvironment env = job.environment(2);
        env.fromSequence(0, CHANGES - 1).setParallelism(1).sinkTo(sink).uid("sink");
        job.start(env).finish();
    }

    private void assertTables() throws Exception {
        Map<Integer, Map<Integer, Long>> expected = new HashMap<>();
        for (long n = 0; n < CHANGES; n++) {
            Map<Integer, Long> rows = expected.computeIfAbsent(Numbers.table(n), table -> new HashMap<>());
            if (Numbers.kind(n) == RowKind.DELETE) {
                rows.remove(Numbers.key(n));
            } else {
                rows.put(Numbers.key(n), n);
            }
        }
        for (int table = 0; table < TABLES; table++) {
            assertThat(new TreeSet<>(server.query("SELECT id, last FROM t" + table)))
                    .as("table t%d", table)
                    .isEqualTo(expected.get(table).entrySet().stream()
                            .map(row -> row.getKey() + "|" + row.getValue())
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    /** Each number is a change of one row of one table; in the second half rows have one more column. */
    private static final class Numbers implements TableChangeConverter<Long> {

        private static final long serialVersionUID = 1L;

        static int table(long n) {
            return (int) (n % TABLES);
        }

        static int key(long n) {
            return (int) (n / TABLES % KEYS);
        }

        static RowKind kind(long n) {
            return n % 7 == 0 ? RowKind.DELETE : RowKind.UPDATE_AFTER;
        }

        @Override
        public void convert(Long n, Consumer<TableChange> out) {
            TableId table = TableId.of("public", "t" + table(n));
            boolean wider = n >= CHANGES / 2;
            out.accept(TableChange.schema(
                    table,
                    TableSchema.of(
                            wider
                                    ? (RowType) DataTypes.ROW(
                                                    DataTypes.FIELD(
                                                            "id",
                                                            DataTypes.INT().notNull()),
                                                    DataTypes.FIELD("last", DataTypes.BIGINT()),
                                                    DataTypes.FIELD("twice", DataTypes.BIGINT()))
                                            .getLogicalType()
                                    : (RowType) DataTypes.ROW(
                                                    DataTypes.FIELD(
                                                            "id",
                                                            DataTypes.INT().notNull()),
                                                    DataTypes.FIELD("last", DataTypes.BIGINT()))
                                            .getLogicalType(),
                            "id")));
            out.accept(TableChange.row(
                    table,
                    wider
                            ? GenericRowData.ofKind(kind(n), key(n), n, 2 * n)
                            : GenericRowData.ofKind(kind(n), key(n), n)));
        }
    }
}
