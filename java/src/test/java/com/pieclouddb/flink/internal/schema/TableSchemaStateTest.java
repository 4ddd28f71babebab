package com.pieclouddb.flink.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.Plans;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

/** Schemas written into a checkpoint once can always be read, and come back equal. */
class TableSchemaStateTest {

    private static final ClassLoader LOADER = TableSchemaStateTest.class.getClassLoader();

    /** Every type that the sink takes, and hostile names. */
    private static final TableSchema SCHEMA = TableSchema.of(
            (RowType) DataTypes.ROW(
                            field("id", DataTypes.BIGINT().notNull()),
                            field("a.b\"`c\\", DataTypes.CHAR(2).notNull()),
                            field("名前", DataTypes.BOOLEAN()),
                            field("1", DataTypes.TINYINT()),
                            field("2", DataTypes.SMALLINT()),
                            field("3", DataTypes.INT()),
                            field("4", DataTypes.FLOAT()),
                            field("5", DataTypes.DOUBLE()),
                            field("6", DataTypes.DECIMAL(38, 10)),
                            field("7", DataTypes.VARCHAR(9)),
                            field("8", DataTypes.STRING()),
                            field("9", DataTypes.BINARY(4)),
                            field("10", DataTypes.VARBINARY(9)),
                            field("11", DataTypes.BYTES()),
                            field("12", DataTypes.DATE()),
                            field("13", DataTypes.TIME(3)),
                            field("14", DataTypes.TIMESTAMP(9)),
                            field("15", DataTypes.TIMESTAMP_LTZ(6).notNull()))
                    .getLogicalType(),
            "a.b\"`c\\",
            "id");

    @Test
    void everySchemaComesBackEqual() throws IOException {
        for (TableSchema schema : List.of(SCHEMA, TableSchema.of(Plans.STUDENT))) {
            TableSchemaState read = TableSchemaState.fromBytes(
                    new TableSchemaState(TableId.of("s.1", "名 前"), schema, 1_795_000_000_123L).toBytes(), LOADER);
            assertThat(read.table()).isEqualTo(TableId.of("s.1", "名 前"));
            assertThat(read.schema()).isEqualTo(schema);
            assertThat(read.changedAt()).isEqualTo(1_795_000_000_123L);
        }
    }

    @Test
    void theBytesOfVersionOneNeverChange() throws IOException {
        TableSchemaState known =
                new TableSchemaState(TableId.of("public", "student"), TableSchema.of(Plans.STUDENT, "id"), 7);
        String released = "AAAAAQAAAAAAAAAHB3B1YmxpYwhzdHVkZW50AAAAAwNpZA1JTlQgTk9UIE5VTEwFbmFtZRRWQVJDSEFSKDIxNDc0"
                + "ODM2NDcpBnNjb3JlBElOVAAAAAEDaWQ=";
        assertThat(Base64.getEncoder().encodeToString(known.toBytes())).isEqualTo(released);
        assertThat(TableSchemaState.fromBytes(Base64.getDecoder().decode(released), LOADER)
                        .schema())
                .isEqualTo(known.schema());
    }

    @Test
    void anUnknownVersionIsRefused() {
        assertThatThrownBy(() -> TableSchemaState.fromBytes(new byte[] {0, 0, 0, 2}, LOADER))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("schemas of version 2")
                .hasMessageContaining("knows version 1");
    }

    private static DataTypes.Field field(String name, DataType type) {
        return DataTypes.FIELD(name, type);
    }
}
