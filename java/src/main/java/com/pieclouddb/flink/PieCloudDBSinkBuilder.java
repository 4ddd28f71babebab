package com.pieclouddb.flink;

import com.pieclouddb.flink.internal.plan.FlinkVersionShim;
import com.pieclouddb.flink.internal.plan.TablePlan;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.util.List;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * Describes a {@link PieCloudDBSink} for DataStream jobs.
 *
 * <p>Every option of a sink into one table can be set by its definition in {@link PieCloudDBOptions} or by its name in
 * SQL; the common ones have a method. Nothing is checked before {@link #build()}, which then reports all mistakes at
 * once as a {@link ValidationException}.
 *
 * <pre>{@code
 * PieCloudDBSink<Row> sink = PieCloudDBSink.<Row>builder()
 *         .hostname("localhost")
 *         .username("loader")
 *         .password("secret")
 *         .database("demo")
 *         .table("student")
 *         .rows(DataTypes.ROW(
 *                 DataTypes.FIELD("id", DataTypes.INT().notNull()),
 *                 DataTypes.FIELD("name", DataTypes.STRING())))
 *         .primaryKey("id")
 *         .build();
 * }</pre>
 *
 * @param <T> the stream's type
 */
@PublicEvolving
public final class PieCloudDBSinkBuilder<T> extends PieCloudDBBuilder<PieCloudDBSinkBuilder<T>> {

    private RowType rowType;
    private List<String> primaryKey = List.of();
    private RowConverter<T> converter;

    PieCloudDBSinkBuilder() {}

    @Override
    PieCloudDBSinkBuilder<T> self() {
        return this;
    }

    /**
     * The target's schema ({@link PieCloudDBOptions#SCHEMA_NAME}). Unless set, {@code public}.
     *
     * @param schema its name, taken literally
     * @return this builder
     */
    public PieCloudDBSinkBuilder<T> schema(String schema) {
        return option(PieCloudDBOptions.SCHEMA_NAME, schema);
    }

    /**
     * The target, required ({@link PieCloudDBOptions#TABLE_NAME}).
     *
     * @param table its name, taken literally: a dot in it is part of the name
     * @return this builder
     */
    public PieCloudDBSinkBuilder<T> table(String table) {
        return option(PieCloudDBOptions.TABLE_NAME, table);
    }

    /**
     * Names and types of the columns to write, for a stream of {@link Row}: instead of {@link #rowType} and
     * {@link #converter}. Their fields are found by name where a row has names, else by position.
     *
     * @param type a ROW with the conversion classes that the fields hold, as {@code DataTypes.ROW(...)} gives
     * @return this builder, for a sink of {@link Row}
     * @throws ValidationException for another type than ROW
     */
    public PieCloudDBSinkBuilder<Row> rows(DataType type) {
        // Nothing of another type was kept yet but a converter, which is replaced.
        @SuppressWarnings("unchecked")
        PieCloudDBSinkBuilder<Row> ofRows = (PieCloudDBSinkBuilder<Row>) this;
        ofRows.converter = RowConverter.forRow(type);
        ofRows.rowType = (RowType) type.getLogicalType();
        return ofRows;
    }

    /**
     * Names and types of the columns to write, required unless {@link #rows} gave them.
     *
     * @param rowType the rows that the converter makes
     * @return this builder
     */
    public PieCloudDBSinkBuilder<T> rowType(RowType rowType) {
        this.rowType = rowType;
        return this;
    }

    /**
     * The columns that identify a row; merge mode needs them and is the default with them.
     *
     * @param columns names out of the row type
     * @return this builder
     */
    public PieCloudDBSinkBuilder<T> primaryKey(String... columns) {
        this.primaryKey = List.of(columns);
        return this;
    }

    /**
     * How the stream's records become rows, required unless {@link #rows} said so.
     *
     * @param converter an own one, or one of those that {@link RowConverter} has ready
     * @return this builder
     */
    public PieCloudDBSinkBuilder<T> converter(RowConverter<T> converter) {
        this.converter = converter;
        return this;
    }

    /**
     * Checks everything that needs no server.
     *
     * @return the sink for {@code stream.sinkTo(...)}
     */
    public PieCloudDBSink<T> build() {
        SinkSettings settings = SinkSettings.ofTable(options());
        if (rowType == null || converter == null) {
            throw new ValidationException(
                    "The pieclouddb sink's builder needs rows(...), or rowType(...) and converter(...).");
        }
        return FlinkVersionShim.create(TablePlan.of(settings, rowType, primaryKey, converter));
    }
}
