package com.pieclouddb.flink.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SupportedTypes;
import java.time.Duration;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/** Options, schema and key fit together, or the plan says everything that does not. */
class TablePlanTest {

    @Test
    void mergeIsTheDefaultWithAKeyAndAppendWithout() {
        assertThat(Plans.merge().loadMode()).isEqualTo(LoadMode.MERGE);
        assertThat(Plans.append().loadMode()).isEqualTo(LoadMode.APPEND);
        assertThat(Plans.merge("load_mode", "append").loadMode()).isEqualTo(LoadMode.APPEND);
    }

    @Test
    void appendUsesNoKeyEvenWhereOneIsDeclared() {
        assertThat(Plans.merge().key()).containsExactly(0);
        assertThat(Plans.merge("load_mode", "append").key()).isEmpty();
    }

    @Test
    void mergeWithoutAKeyIsRefused() {
        assertThatThrownBy(() -> Plans.append("load_mode", "merge"))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("demo.public.student")
                .hasMessageContaining("'load_mode' = 'merge' needs a primary key");
    }

    @Test
    void moreWritersThanSlotsAreRefusedInMergeOnly() {
        assertThatThrownBy(() -> Plans.merge("sink.parallelism", "129"))
                .hasMessageContaining("'sink.parallelism' = 129 is too much");
        assertThat(Plans.merge("sink.parallelism", "128").loadMode()).isEqualTo(LoadMode.MERGE);
        assertThat(Plans.append("sink.parallelism", "129").loadMode()).isEqualTo(LoadMode.APPEND);
    }

    @Test
    void unsupportedTypesAreRefusedByNameAllAtOnce() {
        RowType rowType = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("a", DataTypes.ARRAY(DataTypes.TIMESTAMP_WITH_TIME_ZONE(3))),
                        DataTypes.FIELD("fine", DataTypes.STRING()),
                        DataTypes.FIELD("m", DataTypes.MAP(DataTypes.STRING(), DataTypes.NULL())),
                        DataTypes.FIELD(
                                "r",
                                DataTypes.ROW(DataTypes.FIELD("x", DataTypes.ARRAY(DataTypes.NULL())))
                                        .notNull()))
                .getLogicalType();
        assertThatThrownBy(() -> TablePlan.of(
                        SinkSettings.ofTable(Plans.options()), rowType, List.of(), RowConverter.forRowData()))
                .hasMessageContaining("'a' ARRAY<TIMESTAMP(3) WITH TIME ZONE>, 'm' MAP<STRING, NULL>, "
                        + "'r' ROW<`x` ARRAY<NULL>> NOT NULL")
                .hasMessageNotContaining("fine");
    }

    @Test
    void keysThatNothingIsEqualToAreRefusedWhereRowsAreMergedByThem() {
        RowType rowType = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("id", DataTypes.INT().notNull()),
                        DataTypes.FIELD("tags", DataTypes.ARRAY(DataTypes.INT()).notNull()))
                .getLogicalType();
        List<String> key = List.of("id", "tags");
        assertThatThrownBy(() ->
                        TablePlan.of(SinkSettings.ofTable(Plans.options()), rowType, key, RowConverter.forRowData()))
                .hasMessageContaining("types without an equality to merge by: 'tags' ARRAY<INT> NOT NULL");
        assertThat(TablePlan.of(
                                SinkSettings.ofTable(Plans.options("load_mode", "append")),
                                rowType,
                                key,
                                RowConverter.forRowData())
                        .loadMode())
                .isEqualTo(LoadMode.APPEND);
    }

    @Test
    void allTypesOfTheReleaseAreAccepted() {
        RowType rowType = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("a", DataTypes.BOOLEAN()),
                        DataTypes.FIELD("b", DataTypes.TINYINT()),
                        DataTypes.FIELD("c", DataTypes.SMALLINT()),
                        DataTypes.FIELD("d", DataTypes.INT()),
                        DataTypes.FIELD("e", DataTypes.BIGINT()),
                        DataTypes.FIELD("f", DataTypes.FLOAT()),
                        DataTypes.FIELD("g", DataTypes.DOUBLE()),
                        DataTypes.FIELD("h", DataTypes.DECIMAL(38, 10)),
                        DataTypes.FIELD("i", DataTypes.CHAR(3)),
                        DataTypes.FIELD("j", DataTypes.VARCHAR(9)),
                        DataTypes.FIELD("k", DataTypes.STRING()),
                        DataTypes.FIELD("l", DataTypes.BINARY(4)),
                        DataTypes.FIELD("m", DataTypes.VARBINARY(9)),
                        DataTypes.FIELD("n", DataTypes.BYTES()),
                        DataTypes.FIELD("o", DataTypes.DATE()),
                        DataTypes.FIELD("p", DataTypes.TIME(3)),
                        DataTypes.FIELD("q", DataTypes.TIMESTAMP(9)),
                        DataTypes.FIELD("r", DataTypes.TIMESTAMP_LTZ(6)),
                        DataTypes.FIELD("s", DataTypes.INTERVAL(DataTypes.MONTH())),
                        DataTypes.FIELD("t", DataTypes.INTERVAL(DataTypes.SECOND(3))),
                        DataTypes.FIELD("u", DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.INT()))),
                        DataTypes.FIELD("v", DataTypes.MAP(DataTypes.STRING(), DataTypes.DATE())),
                        DataTypes.FIELD("w", DataTypes.MULTISET(DataTypes.STRING())),
                        DataTypes.FIELD("x", DataTypes.ROW(DataTypes.FIELD("y", DataTypes.BYTES()))))
                .getLogicalType();
        assertThat(SupportedTypes.refusedColumns(rowType)).isEmpty();
    }

    @Test
    void aKeyColumnThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> TablePlan.of(
                        SinkSettings.ofTable(Plans.options()), Plans.STUDENT, List.of("nr"), RowConverter.forRowData()))
                .hasMessageContaining("primary key column 'nr' is not a column of the sink");
    }

    @Test
    void aKeyColumnThatIsNamedTwiceIsRefused() {
        assertThatThrownBy(() -> TablePlan.of(
                        SinkSettings.ofTable(Plans.options()),
                        Plans.STUDENT,
                        List.of("id", "id"),
                        RowConverter.forRowData()))
                .hasMessageContaining("the primary key names a column twice: [id, id]");
    }

    @Test
    void aRowConverterOfOtherColumnsIsRefusedByTheFirstThatDiffers() {
        DataType type =
                DataTypes.ROW(DataTypes.FIELD("a", DataTypes.INT()), DataTypes.FIELD("b", DataTypes.DECIMAL(9, 2)));
        List<DataType> others = List.of(
                DataTypes.ROW(DataTypes.FIELD("b", DataTypes.DECIMAL(9, 2)), DataTypes.FIELD("a", DataTypes.INT())),
                DataTypes.ROW(DataTypes.FIELD("a", DataTypes.INT()), DataTypes.FIELD("b", DataTypes.DECIMAL(9, 4))),
                DataTypes.ROW(DataTypes.FIELD("a", DataTypes.INT())));
        List<String> told = List.of(
                "column 1 of the converter's row type is 'b' DECIMAL(9, 2), but that of rowType(...) is 'a' INT",
                "column 2 of the converter's row type is 'b' DECIMAL(9, 4), but that of rowType(...) is 'b' DECIMAL(9,"
                        + " 2)",
                "column 2 of the converter's row type is missing, but that of rowType(...) is 'b' DECIMAL(9, 2)");
        RowType rowType = (RowType) type.getLogicalType();
        for (int i = 0; i < others.size(); i++) {
            RowConverter<Row> other = RowConverter.forRow(others.get(i));
            assertThatThrownBy(() -> TablePlan.of(SinkSettings.ofTable(Plans.options()), rowType, List.of("a"), other))
                    .hasMessageContaining(told.get(i));
        }
        // A key column is NOT NULL in one of the types and not in the other.
        DataType notNull = DataTypes.ROW(
                DataTypes.FIELD("a", DataTypes.INT().notNull()), DataTypes.FIELD("b", DataTypes.DECIMAL(9, 2)));
        assertThat(TablePlan.of(
                                SinkSettings.ofTable(Plans.options()),
                                rowType,
                                List.of("a"),
                                RowConverter.forRow(notNull))
                        .key())
                .containsExactly(0);
    }

    @Test
    void aLockIsWaitedForHalfACheckpointTimeoutOrAsLongAsForAServerThatStandsStill() {
        TablePlan<?> plan = Plans.merge("sink.stall-timeout", "90s");
        assertThat(plan.setup().hasCheckpoints()).isFalse();
        assertThat(plan.setup().lockTimeout()).isEqualTo(Duration.ofSeconds(90));
        plan.configure(null, Duration.ofMinutes(10));
        assertThat(plan.setup().hasCheckpoints()).isTrue();
        assertThat(plan.setup().lockTimeout()).isEqualTo(Duration.ofMinutes(5));
    }
}
