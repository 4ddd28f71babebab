package com.pieclouddb.flink;

import com.pieclouddb.flink.internal.plan.DatabasePlan;
import com.pieclouddb.flink.internal.plan.FlinkVersionShim;
import com.pieclouddb.flink.internal.router.DebeziumStream;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.api.ValidationException;

/**
 * Describes a {@link PieCloudDBSink} for a stream of Debezium's JSON, of any number of tables of MySQL or MariaDB.
 *
 * <p>Values are read by the types of the source's columns: those of the tables given here, and from a schema event in
 * the stream on those that it tells. A table may be in the one or the other. Options are those of the database mode.
 * Nothing is checked before {@link #build()}, which then reports what is wrong as a {@link ValidationException}.
 *
 * <pre>{@code
 * PieCloudDBSink<String> sink = PieCloudDBSink.<String>debeziumBuilder()
 *         .hostname("localhost")
 *         .username("loader")
 *         .password("secret")
 *         .database("demo")
 *         .converter(DebeziumConverter.ofText())
 *         .sourceTable(SourceTable.of("shop", "orders")
 *                 .column("id", "bigint(20) unsigned", false)
 *                 .column("placed", "datetime(6)", true)
 *                 .primaryKey("id")
 *                 .build())
 *         .build();
 * }</pre>
 *
 * @param <T> the stream's type
 */
@PublicEvolving
public final class PieCloudDBDebeziumSinkBuilder<T> extends PieCloudDBBuilder<PieCloudDBDebeziumSinkBuilder<T>> {

    private final List<SourceTable> tables = new ArrayList<>();
    private DebeziumConverter<T> converter;
    private TargetNaming naming = TargetNaming.schemaForEachDatabase();
    private DebeziumDecimals decimals = DebeziumDecimals.BASE64;
    private long planning;

    PieCloudDBDebeziumSinkBuilder() {}

    @Override
    PieCloudDBDebeziumSinkBuilder<T> self() {
        return this;
    }

    /**
     * How the JSON is taken out of the stream's records, required.
     *
     * @param converter an own one, or one of those that {@link DebeziumConverter} has ready
     * @return this builder
     */
    public PieCloudDBDebeziumSinkBuilder<T> converter(DebeziumConverter<T> converter) {
        this.converter = converter;
        return this;
    }

    /**
     * Adds a table whose definition is known now. A definition of it in the state that the job is restored from wins.
     *
     * @param table its definition
     * @return this builder
     */
    public PieCloudDBDebeziumSinkBuilder<T> sourceTable(SourceTable table) {
        tables.add(table);
        return this;
    }

    /**
     * Adds any number of tables.
     *
     * @param tables their definitions
     * @return this builder
     */
    public PieCloudDBDebeziumSinkBuilder<T> sourceTables(Collection<SourceTable> tables) {
        this.tables.addAll(tables);
        return this;
    }

    /**
     * Says that the tables given to this builder were read from the source just now. A state that the job is restored
     * from is older then: where the source has added columns to a table behind it, or dropped some, but not both, the
     * rows of before are loaded into a target that has been altered alike.
     *
     * @return this builder
     */
    public PieCloudDBDebeziumSinkBuilder<T> tablesAreCurrent() {
        planning = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        return this;
    }

    /**
     * Where rows go. Unless set, {@link TargetNaming#schemaForEachDatabase()}.
     *
     * @param naming from a table of the source to its target
     * @return this builder
     */
    public PieCloudDBDebeziumSinkBuilder<T> naming(TargetNaming naming) {
        this.naming = naming;
        return this;
    }

    /**
     * How the stream writes decimals. Unless set, {@link DebeziumDecimals#BASE64}.
     *
     * @param decimals the form
     * @return this builder
     */
    public PieCloudDBDebeziumSinkBuilder<T> decimals(DebeziumDecimals decimals) {
        this.decimals = decimals;
        return this;
    }

    /**
     * Checks everything that needs no server.
     *
     * @return the sink for {@code stream.sinkTo(...)}
     */
    public PieCloudDBSink<T> build() {
        SinkSettings settings = SinkSettings.ofDatabase(options());
        if (converter == null || naming == null || decimals == null) {
            throw new ValidationException(
                    "The pieclouddb sink's Debezium builder needs converter(...), and naming(...) and "
                            + "decimals(...) may be left out but not null.");
        }
        return FlinkVersionShim.create(
                DatabasePlan.of(settings, new DebeziumStream<>(converter, decimals, naming, tables, planning)));
    }
}
