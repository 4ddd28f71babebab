package com.pieclouddb.flink;

import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.RowType;

import com.pieclouddb.flink.internal.SinkLine;
import com.pieclouddb.flink.internal.SinkPlan;
import com.pieclouddb.flink.internal.SinkSettings;

import java.util.List;

/**
 * Describes a {@link PieCloudDBSink} for DataStream jobs.
 *
 * <p>Every option of {@link PieCloudDBOptions} can be set by {@link #option(ConfigOption, Object)} or by its name in
 * SQL; the common ones have a method. Nothing is checked before {@link #build()}, which then reports all mistakes at
 * once as a {@link ValidationException}.
 *
 * @param <T> the stream's type
 */
@PublicEvolving
public final class PieCloudDBSinkBuilder<T> {

    private final Configuration options = new Configuration();
    private RowType rowType;
    private List<String> primaryKey = List.of();
    private RowConverter<T> converter;

    PieCloudDBSinkBuilder() {}

    public PieCloudDBSinkBuilder<T> hostname(String hostname) {
        return option(PieCloudDBOptions.HOSTNAME, hostname);
    }

    public PieCloudDBSinkBuilder<T> port(int port) {
        return option(PieCloudDBOptions.PORT, port);
    }

    public PieCloudDBSinkBuilder<T> username(String username) {
        return option(PieCloudDBOptions.USERNAME, username);
    }

    public PieCloudDBSinkBuilder<T> password(String password) {
        return option(PieCloudDBOptions.PASSWORD, password);
    }

    public PieCloudDBSinkBuilder<T> database(String database) {
        return option(PieCloudDBOptions.DATABASE_NAME, database);
    }

    public PieCloudDBSinkBuilder<T> schema(String schema) {
        return option(PieCloudDBOptions.SCHEMA_NAME, schema);
    }

    public PieCloudDBSinkBuilder<T> table(String table) {
        return option(PieCloudDBOptions.TABLE_NAME, table);
    }

    public PieCloudDBSinkBuilder<T> warehouse(String warehouse) {
        return option(PieCloudDBOptions.PDB_WAREHOUSE, warehouse);
    }

    public PieCloudDBSinkBuilder<T> loadMode(PieCloudDBOptions.LoadMode loadMode) {
        return option(PieCloudDBOptions.LOAD_MODE, loadMode);
    }

    /**
     * Sets any option by its definition.
     *
     * @param option one of {@link PieCloudDBOptions}
     * @param value its value
     * @return this builder
     */
    public <V> PieCloudDBSinkBuilder<T> option(ConfigOption<V> option, V value) {
        options.set(option, value);
        return this;
    }

    /**
     * Sets any option by its name, as in SQL's WITH clause.
     *
     * @param name the option's name
     * @param value its value as text
     * @return this builder
     */
    public PieCloudDBSinkBuilder<T> option(String name, String value) {
        options.setString(name, value);
        return this;
    }

    /**
     * Names and types of the columns to write, required.
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
     * How the stream's records become rows, required.
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
        SinkSettings settings = SinkSettings.of(options.toMap());
        if (rowType == null || converter == null) {
            throw new ValidationException("The pieclouddb sink's builder needs rowType(...) and converter(...).");
        }
        return SinkLine.create(SinkPlan.of(settings, rowType, primaryKey, converter));
    }
}
