package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** The builder makes sinks that can be shipped, and reports what is wrong before that. */
class PieCloudDBSinkBuilderTest {

    private static final RowType ROW_TYPE = (RowType)
            DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT().notNull())).getLogicalType();

    @Test
    void aSinkCanBeShippedWithoutTheNativeLibrary() throws IOException, ClassNotFoundException {
        PieCloudDBSink<RowData> sink = complete()
                .primaryKey("id")
                .password("hunter2")
                .loadMode(PieCloudDBOptions.LoadMode.MERGE)
                .option(PieCloudDBOptions.COPY_FORMAT, PieCloudDBOptions.CopyFormat.TEXT)
                .option("connection.properties.work_mem", "64MB")
                .build();
        assertThat(InstantiationUtil.clone(sink)).isInstanceOf(PieCloudDBSink.class);
        assertThat(sink.toString()).doesNotContain("hunter2");
    }

    @Test
    void badOptionsAreReportedWhenTheSinkIsBuilt() {
        assertThatThrownBy(() -> complete().port(0).option("tabel-name", "x").build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option 'port' must be between 1 and 65535")
                .hasMessageContaining("unknown option 'tabel-name', did you mean 'table-name'?");
    }

    @Test
    void aSinkNeedsARowTypeAndAConverter() {
        assertThatThrownBy(() -> required().build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("needs rows(...), or rowType(...) and converter(...)");
    }

    @Test
    void rowsSayTheirColumnsOnce() throws IOException, ClassNotFoundException {
        DataType type = DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT().notNull()));
        PieCloudDBSink<Row> sink = required().rows(type).primaryKey("id").build();
        assertThat(InstantiationUtil.clone(sink)).isInstanceOf(PieCloudDBSink.class);
        assertThatThrownBy(() ->
                        required().rows(type).rowType(RowType.of(new IntType())).build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("column 1 of the converter's row type is");
        assertThatThrownBy(() -> required().rows(DataTypes.INT()))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("must be a ROW, not INT");
    }

    @Test
    void aSinkIntoManyTablesCanBeShippedToo() throws IOException, ClassNotFoundException {
        PieCloudDBSink<String> sink = database()
                .converter((text, out) -> {})
                .loadMode(PieCloudDBOptions.LoadMode.MERGE)
                .warehouse("w")
                .option(PieCloudDBOptions.TABLE_WITHOUT_KEY, PieCloudDBOptions.TableWithoutKey.SKIP)
                .option("schema.change.behavior", "ignore")
                .build();
        assertThat(InstantiationUtil.clone(sink)).isInstanceOf(PieCloudDBSink.class);
        assertThat(sink.toString()).doesNotContain("hunter2");
    }

    @Test
    void mistakesOfASinkIntoManyTablesAreReportedWhenItIsBuilt() {
        assertThatThrownBy(() -> database()
                        .option("table-name", "t")
                        .option("connection.pool.max-size", "0")
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option 'table-name' is for a sink into one table")
                .hasMessageContaining("option 'connection.pool.max-size' must be at least 1");
        assertThatThrownBy(() -> database().build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("needs converter(...)");
        assertThatThrownBy(() -> database()
                        .converter((text, out) -> {})
                        .option(PieCloudDBOptions.SINK_PARALLELISM, 129)
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("'sink.parallelism' = 129 is too much");
    }

    private static PieCloudDBDatabaseSinkBuilder<String> database() {
        return PieCloudDBSink.<String>databaseBuilder()
                .hostname("db.example")
                .port(5432)
                .username("loader")
                .password("hunter2")
                .database("demo");
    }

    private static PieCloudDBSinkBuilder<RowData> complete() {
        return required().rowType(ROW_TYPE).converter(RowConverter.forRowData());
    }

    private static PieCloudDBSinkBuilder<RowData> required() {
        return PieCloudDBSink.<RowData>builder()
                .hostname("db.example")
                .port(5432)
                .username("loader")
                .database("demo")
                .schema("public")
                .table("t")
                .warehouse("w");
    }
}
