package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The writers of DataStream jobs are as many as the option says, and everything before them is as it was. */
class SinkParallelismTest {

    private static final DataType ROW =
            DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT().notNull()));

    private final StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(3);

    @ParameterizedTest
    @CsvSource({"append, at-least-once", "merge, at-least-once", "append, exactly-once", "merge, exactly-once"})
    void ofOneTable(String mode, String guarantee) {
        env.enableCheckpointing(1000);
        rows().sinkTo(table(mode, guarantee)).uid("sink");
        Map<String, Integer> found = parallelism();
        assertThat(found).containsEntry("Source", 3).containsEntry("Writer", 2).containsEntry("Committer", 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"append", "merge"})
    void ofManyTables(String mode) {
        PieCloudDBDatabaseSinkBuilder<Row> builder =
                PieCloudDBSink.<Row>databaseBuilder().converter((row, out) -> {});
        rows().sinkTo(server(builder).option("load_mode", mode).build());
        assertThat(parallelism())
                .containsEntry("Source", 3)
                .containsEntry("Router", 3)
                .containsEntry("Writer", 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"append", "merge"})
    void ofJson(String mode) {
        PieCloudDBDebeziumSinkBuilder<Row> builder =
                PieCloudDBSink.<Row>debeziumBuilder().converter(row -> null);
        rows().sinkTo(server(builder).option("load_mode", mode).build());
        assertThat(parallelism())
                .containsEntry("Source", 3)
                .containsEntry("Router", 3)
                .containsEntry("Writer", 2);
    }

    @ParameterizedTest
    @CsvSource({"2, true", "4, false"})
    void whatTheJobSaysMustNotContradict(int parallelism, boolean agrees) {
        rows().sinkTo(table("append", "at-least-once")).setParallelism(parallelism);
        if (agrees) {
            assertThat(parallelism()).containsEntry("Writer", 2);
        } else {
            assertThatThrownBy(this::parallelism)
                    .isInstanceOf(ValidationException.class)
                    .hasMessageContaining("'sink.parallelism' = 2 contradicts setParallelism(4)");
        }
    }

    private org.apache.flink.streaming.api.datastream.DataStream<Row> rows() {
        return env.fromSequence(1, 9).map(n -> Row.of(n.intValue())).returns(Types.ROW(Types.INT));
    }

    private static PieCloudDBSink<Row> table(String mode, String guarantee) {
        return server(PieCloudDBSink.<Row>builder())
                .table("t")
                .rowType((RowType) ROW.getLogicalType())
                .primaryKey("id")
                .converter(RowConverter.forRow(ROW))
                .option("load_mode", mode)
                .option("sink.delivery-guarantee", guarantee)
                .build();
    }

    private static <B extends PieCloudDBBuilder<B>> B server(B builder) {
        return builder.hostname("h").username("u").database("d").option("sink.parallelism", "2");
    }

    /** By the first words of operators' names. */
    private Map<String, Integer> parallelism() {
        Map<String, Integer> found = new TreeMap<>();
        for (StreamNode node : env.getStreamGraph().getStreamNodes()) {
            String name = node.getOperatorName();
            for (String known : new String[] {"Source", "Router", "Writer", "Committer"}) {
                if (name.endsWith(known) || name.startsWith(known + ":")) {
                    found.put(known, node.getParallelism());
                }
            }
        }
        return found;
    }
}
