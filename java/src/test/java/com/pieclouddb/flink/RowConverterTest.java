package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.LocalDateTime;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** The ready-made converters give the rows that Flink itself would. */
class RowConverterTest {

    private static final DataType TYPE = DataTypes.ROW(
            DataTypes.FIELD("id", DataTypes.INT()),
            DataTypes.FIELD("name", DataTypes.STRING()),
            DataTypes.FIELD("at", DataTypes.TIMESTAMP(6)));

    private static final LocalDateTime NOON = LocalDateTime.of(2026, 1, 2, 12, 0, 0, 5_000);

    private static final RowData EXPECTED =
            GenericRowData.of(1, StringData.fromString("one"), TimestampData.fromLocalDateTime(NOON));

    @Test
    void internalRowsPassThrough() {
        assertThat(RowConverter.forRowData().convert(EXPECTED)).isSameAs(EXPECTED);
    }

    @Test
    void rowsByPositionAreConverted() {
        assertThat(RowConverter.forRow(TYPE).convert(Row.of(1, "one", NOON))).isEqualTo(EXPECTED);
    }

    @Test
    void rowsByNameAreConverted() {
        Row row = Row.withNames();
        row.setField("at", NOON);
        row.setField("name", "one");
        row.setField("id", 1);
        assertThat(RowConverter.forRow(TYPE).convert(row)).isEqualTo(EXPECTED);
    }

    @Test
    void theKindOfChangeIsKept() {
        Row row = Row.ofKind(RowKind.DELETE, 1, "one", NOON);
        assertThat(RowConverter.forRow(TYPE).convert(row).getRowKind()).isEqualTo(RowKind.DELETE);
    }

    @Test
    void aConverterCanBeShippedAfterItWasUsed() throws IOException, ClassNotFoundException {
        RowConverter<Row> converter = RowConverter.forRow(TYPE);
        converter.convert(Row.of(1, "one", NOON));
        RowConverter<Row> shipped = InstantiationUtil.clone(converter);
        assertThat(shipped.convert(Row.of(1, "one", NOON))).isEqualTo(EXPECTED);
    }

    @Test
    void onlyARowTypeDescribesRows() {
        assertThatThrownBy(() -> RowConverter.forRow(DataTypes.INT()))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("must be a ROW, not INT");
    }
}
