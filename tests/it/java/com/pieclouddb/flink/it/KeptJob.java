package com.pieclouddb.flink.it;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.PieCloudDBBuilder;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

/**
 * The job whose savepoint is kept in {@code tests/fixtures/savepoint-before-renames}: the numbers from 0 on are changes
 * of a table, of three tables of a database sink, and of two tables that Debezium tells of; exactly once.
 *
 * <p>The state is needed: each half of the numbers tells once, at its beginning, what the tables of the database sink
 * are, and that there is a table {@code shop.later}. The job's own state is Flink's alone.
 *
 * <p>{@code make} beside the savepoint compiles this file with the sources of then too.
 */
final class KeptJob {

    static final int PARALLELISM = 2;

    private static final long NUMBERS = 2_000;
    private static final long HALF = NUMBERS / PARALLELISM;

    /** Of each half; a key is of one half, and so are its changes in order. */
    private static final long KEYS = 60;

    private static final int TABLES = 3;
    private static final String COLUMNS = " (id bigint PRIMARY KEY, name text)";

    private static final DataType TYPE = DataTypes.ROW(
                    DataTypes.FIELD("id", DataTypes.BIGINT().notNull()), DataTypes.FIELD("name", DataTypes.STRING()))
            .notNull();

    private static final RowType ROW_TYPE = (RowType) TYPE.getLogicalType();

    /** How many numbers were read in this process. */
    static final AtomicInteger READ = new AtomicInteger();

    private KeptJob() {}

    /** Statements that make the targets. */
    static String[] create() {
        List<String> statements = new ArrayList<>(List.of("CREATE SCHEMA shop"));
        targets().forEach(target -> statements.add("CREATE TABLE " + target + COLUMNS));
        return statements.toArray(new String[0]);
    }

    static List<String> targets() {
        List<String> targets =
                IntStream.range(0, TABLES).mapToObj(table -> "many" + table).collect(Collectors.toList());
        targets.addAll(List.of("one", "shop.orders", "shop.later"));
        return targets;
    }

    /** All rows of all targets, each behind its target's name. */
    static String select() {
        return targets().stream()
                .map(target -> "SELECT '" + target + "', id, name FROM " + target)
                .collect(Collectors.joining(" UNION ALL "));
    }

    /** What {@link #select} finds in the end, in any order. */
    static List<String> expected() {
        Map<String, Row> rows = new TreeMap<>();
        for (long number = 0; number < NUMBERS; number++) {
            Row change = change(number);
            for (String target : List.of("one", "many" + table(change), "shop." + sourceTable(change))) {
                String key = target + "|" + change.getField(0);
                if (change.getKind() == RowKind.DELETE) {
                    rows.remove(key);
                } else {
                    rows.put(key, change);
                }
            }
        }
        return rows.entrySet().stream()
                .map(row -> row.getKey() + "|" + row.getValue().getField(1))
                .collect(Collectors.toList());
    }

    /** With so long a pause before each number. */
    static StreamExecutionEnvironment in(StreamExecutionEnvironment env, Postgres server, int pauseMillis) {
        DataStream<Row> changes = env.fromSequence(0, NUMBERS - 1)
                .uid("numbers")
                .map(number -> {
                    Thread.sleep(pauseMillis);
                    READ.incrementAndGet();
                    return change(number);
                })
                .returns(Types.ROW_NAMED(new String[] {"id", "name"}, Types.LONG, Types.STRING))
                .uid("changes");
        changes.sinkTo(to(server, PieCloudDBSink.<Row>builder())
                        .table("one")
                        .rowType(ROW_TYPE)
                        .converter(RowConverter.forRow(TYPE))
                        .primaryKey("id")
                        .loadMode(LoadMode.MERGE)
                        .build())
                .uid("one");
        changes.sinkTo(to(server, PieCloudDBSink.<Row>databaseBuilder())
                        .converter(new ManyTables())
                        .build())
                .uid("many");
        changes.flatMap(KeptJob::records)
                .returns(Types.STRING)
                .uid("records")
                .sinkTo(to(server, PieCloudDBSink.<String>debeziumBuilder())
                        .converter(DebeziumConverter.ofText())
                        .sourceTable(SourceTable.of("shop", "orders")
                                .column("id", "bigint", false)
                                .column("name", "varchar(20)", true)
                                .primaryKey("id")
                                .build())
                        .build())
                .uid("shop");
        return env;
    }

    private static <B extends PieCloudDBBuilder<B>> B to(Postgres server, B builder) {
        return builder.hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .option("sink.delivery-guarantee", "exactly-once");
    }

    private static Row change(long number) {
        long step = number % HALF;
        long key = step * 7 % KEYS * PARALLELISM + number / HALF;
        return Row.ofKind(step % 9 == 8 ? RowKind.DELETE : RowKind.UPDATE_AFTER, key, "n" + number);
    }

    /** The first change of a half, which tells what the tables are. */
    private static boolean isFirst(Row change) {
        String name = (String) change.getField(1);
        return name.equals("n0") || name.equals("n" + HALF);
    }

    private static int table(Row change) {
        return (int) ((Long) change.getField(0) % TABLES);
    }

    private static String sourceTable(Row change) {
        return (Long) change.getField(0) / PARALLELISM % 2 == 0 ? "orders" : "later";
    }

    private static final class ManyTables implements TableChangeConverter<Row> {

        private static final long serialVersionUID = 1L;

        private final RowConverter<Row> rows = RowConverter.forRow(TYPE);

        @Override
        public void convert(Row change, Consumer<TableChange> out) {
            for (int table = 0; isFirst(change) && table < TABLES; table++) {
                out.accept(TableChange.schema(id(table), TableSchema.of(ROW_TYPE, "id")));
            }
            out.accept(TableChange.row(id(table(change)), rows.convert(change)));
        }

        private static TableId id(int table) {
            return TableId.of("public", "many" + table);
        }
    }

    private static void records(Row change, Collector<String> out) {
        if (isFirst(change)) {
            out.collect("{\"databaseName\":\"shop\",\"ddl\":\"CREATE TABLE later\",\"tableChanges\":["
                    + "{\"type\":\"CREATE\","
                    + "\"id\":\"\\\"shop\\\".\\\"later\\\"\",\"table\":{\"primaryKeyColumnNames\":[\"id\"],"
                    + "\"columns\":["
                    + "{\"name\":\"id\",\"typeName\":\"BIGINT\",\"optional\":false},"
                    + "{\"name\":\"name\",\"typeName\":\"VARCHAR\",\"length\":20,\"optional\":true}]}}]}");
        }
        String row = "{\"id\":" + change.getField(0) + ",\"name\":\"" + change.getField(1) + "\"}";
        boolean deleted = change.getKind() == RowKind.DELETE;
        out.collect("{\"before\":" + (deleted ? row : "null") + ",\"after\":" + (deleted ? "null" : row)
                + ",\"source\":{\"db\":\"shop\",\"table\":\"" + sourceTable(change) + "\"},\"op\":\""
                + (deleted ? "d" : "c") + "\"}");
    }
}
