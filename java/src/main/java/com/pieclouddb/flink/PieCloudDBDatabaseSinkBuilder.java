package com.pieclouddb.flink;

import com.pieclouddb.flink.internal.plan.DatabasePlan;
import com.pieclouddb.flink.internal.plan.FlinkVersionShim;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.api.ValidationException;

/**
 * Describes a {@link PieCloudDBSink} for many tables of one database.
 *
 * <p>Tables, their schemas and keys come with the stream, through a {@link TableChangeConverter}. {@code load_mode}
 * unset or {@code merge} merges tables with a key and leaves those without to {@code sink.table-without-key};
 * {@code append} makes all tables append. Nothing is checked before {@link #build()}, which then reports all mistakes
 * at once as a {@link ValidationException}.
 *
 * <pre>{@code
 * TableId visit = TableId.of("public", "visit");
 * TableSchema columns = TableSchema.of(
 *         (RowType) DataTypes.ROW(DataTypes.FIELD("page", DataTypes.STRING())).getLogicalType());
 *
 * PieCloudDBSink<String> sink = PieCloudDBSink.<String>databaseBuilder()
 *         .hostname("localhost")
 *         .username("loader")
 *         .password("secret")
 *         .database("demo")
 *         .option("sink.table-without-key", "append")
 *         .converter((page, out) -> {
 *             out.accept(TableChange.schema(visit, columns));
 *             out.accept(TableChange.row(visit, GenericRowData.of(StringData.fromString(page))));
 *         })
 *         .build();
 * }</pre>
 *
 * @param <T> the stream's type
 */
@PublicEvolving
public final class PieCloudDBDatabaseSinkBuilder<T> extends PieCloudDBBuilder<PieCloudDBDatabaseSinkBuilder<T>> {

    private TableChangeConverter<T> converter;

    PieCloudDBDatabaseSinkBuilder() {}

    @Override
    PieCloudDBDatabaseSinkBuilder<T> self() {
        return this;
    }

    /**
     * How the stream's records become changes of tables, required.
     *
     * @param converter from one record to any number of changes
     * @return this builder
     */
    public PieCloudDBDatabaseSinkBuilder<T> converter(TableChangeConverter<T> converter) {
        this.converter = converter;
        return this;
    }

    /**
     * Checks everything that needs no server.
     *
     * @return the sink for {@code stream.sinkTo(...)}
     */
    public PieCloudDBSink<T> build() {
        SinkSettings settings = SinkSettings.ofDatabase(options());
        if (converter == null) {
            throw new ValidationException("The pieclouddb sink's database builder needs converter(...).");
        }
        return FlinkVersionShim.create(DatabasePlan.of(settings, converter));
    }
}
