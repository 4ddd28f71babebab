package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

/** What names and describes a table is checked where it is made, and equal where it means the same. */
class TableSchemaTest {

    private static final RowType ROW_TYPE = (RowType)
            DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT().notNull()), DataTypes.FIELD("name", DataTypes.STRING()))
                    .getLogicalType();

    @Test
    void commentsAndTheNullabilityOfTheRowDoNotCount() {
        RowType commented = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("id", DataTypes.INT().notNull(), "number"),
                        DataTypes.FIELD("name", DataTypes.STRING()))
                .notNull()
                .getLogicalType();
        assertThat(TableSchema.of(commented, "id"))
                .isEqualTo(TableSchema.of(ROW_TYPE, "id"))
                .hasSameHashCodeAs(TableSchema.of(ROW_TYPE, "id"));
    }

    @Test
    void columnsTypesAndKeysCount() {
        RowType wider = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("id", DataTypes.BIGINT().notNull()),
                        DataTypes.FIELD("name", DataTypes.STRING()))
                .getLogicalType();
        assertThat(TableSchema.of(ROW_TYPE, "id"))
                .isNotEqualTo(TableSchema.of(wider, "id"))
                .isNotEqualTo(TableSchema.of(ROW_TYPE))
                .isNotEqualTo(TableSchema.of(ROW_TYPE, "name", "id"));
        assertThat(TableSchema.of(ROW_TYPE, "id", "name")).isNotEqualTo(TableSchema.of(ROW_TYPE, "name", "id"));
    }

    @Test
    void aKeyOfOtherColumnsIsRefusedByName() {
        assertThatThrownBy(() -> TableSchema.of(ROW_TYPE, "nr"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'nr' is not a column")
                .hasMessageContaining("[id, name]");
        assertThatThrownBy(() -> TableSchema.of(ROW_TYPE, "id", "id"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("names column 'id' twice");
        assertThatThrownBy(() -> TableSchema.of(RowType.of())).hasMessageContaining("at least one column");
    }

    @Test
    void anIdIsItsThreeNames() {
        assertThat(TableId.of("s", "t"))
                .isEqualTo(TableId.of(null, "s", "t"))
                .isEqualTo(TableId.of("", "s", "t"))
                .isNotEqualTo(TableId.of("d", "s", "t"))
                .isNotEqualTo(TableId.of("t", "s"))
                .isNotEqualTo(TableId.of("s", "T"))
                .hasToString("s.t");
        assertThat(TableId.of("d", "s", "t")).hasToString("d.s.t");
        for (String missing : new String[] {null, ""}) {
            assertThatThrownBy(() -> TableId.of("s", missing)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TableId.of(missing, "t")).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
