package com.pieclouddb.flink.internal.spec;

import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.ErrorRowsAction;
import com.pieclouddb.flink.PieCloudDBOptions.Fence;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.schema.PipelineColumn;
import com.pieclouddb.flink.internal.schema.SourceTableState;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.StringUtils;

/**
 * Writes the two texts in which options cross to the native half: lines {@code key=value}, with {@code \}, line feed
 * and carriage return escaped.
 *
 * <p>Every key is written, since the native half has no defaults; only what is unset and marked optional there is left
 * out. The session's text holds the password, so it goes from here straight into the call and is never printed.
 */
@Internal
public final class SpecText {

    /** Of sessions of sinks without a name of their own. */
    private static final String DEFAULT_LABEL = "pieclouddb-flink";

    /** Left out of a table's text where they have their default, as texts in older savepoints have none of them. */
    private static final List<ConfigOption<?>> WHERE_ASKED = List.of(
            PieCloudDBOptions.MERGE_STRATEGY,
            PieCloudDBOptions.MERGE_INITIAL_LOAD,
            PieCloudDBOptions.IGNORE_DELETE,
            PieCloudDBOptions.IGNORE_UPDATE_BEFORE,
            PieCloudDBOptions.ERROR_ROWS_ACTION,
            PieCloudDBOptions.NULL_CHAR_HANDLING);

    private final StringBuilder text = new StringBuilder();

    /** Of a source, so far. */
    private int columns;

    private SpecText() {}

    /**
     * The text of a writer's session.
     *
     * @param writer whose session it is
     * @param ownMemory bytes that the Java half takes from the memory option
     * @param recovered what exactly-once writers staged whose place an at-least-once one takes
     */
    public static String writer(
            WriterSetup setup, WriterIdentity writer, long ownMemory, Collection<byte[]> recovered) {
        SpecText spec = session(setup.settings(), writer, setup.lockTimeout(), ownMemory, setup.connections());
        setup.settings().find(PieCloudDBOptions.LABEL_PREFIX).ifPresent(label -> spec.put("sink.label", label));
        return (setup.isExactlyOnce()
                        ? spec.exactlyOnce(setup)
                        : spec.atLeastOnce().after(recovered))
                .text.toString();
    }

    /**
     * The text of a committer's session: exactly-once in any case, since a savepoint may hold what such writers left.
     */
    public static String committer(WriterSetup setup, WriterIdentity committer, boolean wholeJob) {
        SpecText spec =
                session(setup.settings(), committer, setup.lockTimeout(), 0, 1).exactlyOnce(setup);
        return (wholeJob ? spec.put("commit.whole-job", true) : spec).text.toString();
    }

    /** The text of a session that loads nothing and has no predecessor. */
    public static String withoutRows(SinkSettings settings, WriterIdentity opener) {
        return withoutRows(settings, opener, settings.get(PieCloudDBOptions.STALL_TIMEOUT));
    }

    /** The same with a limit of its own for waits for a lock. */
    public static String withoutRows(SinkSettings settings, WriterIdentity opener, Duration lockTimeout) {
        // A fence would leave a table of its own behind.
        return session(settings.with(PieCloudDBOptions.FENCE, Fence.NONE), opener, lockTimeout, 0, 1)
                .atLeastOnce()
                .text
                .toString();
    }

    private static SpecText session(
            SinkSettings settings, WriterIdentity writer, Duration lockTimeout, long ownMemory, int connections) {
        SpecText spec = new SpecText()
                .put(PieCloudDBOptions.HOSTNAME, settings)
                .put(PieCloudDBOptions.PORT, settings)
                .put(PieCloudDBOptions.USERNAME, settings);
        settings.password().ifPresent(password -> spec.put(PieCloudDBOptions.PASSWORD.key(), password.reveal()));
        spec.put(PieCloudDBOptions.DATABASE_NAME, settings)
                .put(PieCloudDBOptions.PDB_WAREHOUSE, settings)
                .put(PieCloudDBOptions.PDB_WAREHOUSE_STATEMENT, settings)
                .put(PieCloudDBOptions.CONNECTION_TIMEOUT, settings)
                .put(PieCloudDBOptions.CONNECTION_MAX_RETRIES, settings)
                .put(PieCloudDBOptions.CONNECTION_SSL_MODE, settings)
                .put(PieCloudDBOptions.CONNECTION_SSL_ROOT_CERT, settings);
        if (settings.get(PieCloudDBOptions.ERROR_ROWS_ACTION) == ErrorRowsAction.TABLE) {
            spec.put(PieCloudDBOptions.ERROR_ROWS_TABLE_NAME, settings);
        }
        return spec.put(PieCloudDBOptions.ERROR_ROWS_MAX, settings)
                .putEntries(PieCloudDBOptions.CONNECTION_PROPERTIES, settings)
                .put(PieCloudDBOptions.COPY_MAX_DURATION, settings)
                .put(PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE.key(), connections)
                .put(PieCloudDBOptions.CONNECTION_POOL_IDLE_TIMEOUT, settings)
                .put(PieCloudDBOptions.STALL_TIMEOUT, settings)
                .put(
                        PieCloudDBOptions.RECOVERY_GRACE_PERIOD.key(),
                        Math.min(
                                settings.get(PieCloudDBOptions.RECOVERY_GRACE_PERIOD)
                                        .toMillis(),
                                lockTimeout.toMillis()))
                .put("worked-before", writer.workedBefore())
                .put(
                        PieCloudDBOptions.BUFFER_MEMORY_SIZE.key(),
                        settings.get(PieCloudDBOptions.BUFFER_MEMORY_SIZE).getBytes() - ownMemory)
                .put(PieCloudDBOptions.METRICS_MAX_TABLES, settings)
                .put("lock-timeout", lockTimeout.toMillis())
                .put(
                        "application-name",
                        writer.applicationName(
                                settings.find(PieCloudDBOptions.LABEL_PREFIX).orElse(DEFAULT_LABEL)))
                .put("sink.id", writer.sinkId())
                .put(PieCloudDBOptions.SINK_PARALLELISM.key(), writer.parallelism())
                .put("writer.subtask", writer.subtask())
                .put(PieCloudDBOptions.FENCE, settings)
                .put(PieCloudDBOptions.STAGING_SCHEMA, settings);
    }

    private SpecText atLeastOnce() {
        return put(PieCloudDBOptions.DELIVERY_GUARANTEE.key(), DeliveryGuarantee.AT_LEAST_ONCE);
    }

    private SpecText after(Collection<byte[]> recovered) {
        int i = 0;
        for (byte[] staged : recovered) {
            put("recovered." + i++, StringUtils.byteToHexString(staged));
        }
        return this;
    }

    private SpecText exactlyOnce(WriterSetup setup) {
        SinkSettings settings = setup.settings();
        return put(PieCloudDBOptions.DELIVERY_GUARANTEE.key(), DeliveryGuarantee.EXACTLY_ONCE)
                .put("commit-timeout", setup.commitTimeout().toMillis())
                .put(PieCloudDBOptions.RECOVERY_MISSING_STAGING, settings)
                .put(PieCloudDBOptions.LEDGER_RETENTION, settings)
                .put(PieCloudDBOptions.STAGING_RETENTION, settings);
    }

    /**
     * A table's text; equal texts are the same table with the same columns, loaded in the same way.
     *
     * @param key indexes of the key columns, none in append mode
     */
    public static String table(SinkSettings settings, TableId target, LoadMode loadMode, RowType rowType, int[] key) {
        SpecText spec = target(behavior(settings), settings, target, loadMode, "row-image");
        int i = 0;
        for (RowType.RowField field : rowType.getFields()) {
            spec.put("column." + i + ".name", field.getName());
            spec.put("column." + i + ".type", field.getType().asSerializableString());
            i++;
        }
        return spec.put("key", indexes(Arrays.stream(key))).text.toString();
    }

    /**
     * The same of a table whose rows are Flink CDC's.
     *
     * @param comment of the table, empty for none
     * @param key names of the key columns, none in append mode
     */
    public static String pipelineTable(
            SinkSettings settings,
            TableId target,
            LoadMode loadMode,
            List<PipelineColumn> columns,
            String comment,
            List<String> key) {
        List<String> names = columns.stream().map(PipelineColumn::name).collect(Collectors.toList());
        return target(behavior(settings), settings, target, loadMode, "cdc-record")
                .put("table.comment", comment)
                .columns(columns)
                .put("key", indexes(key.stream().mapToInt(names::indexOf)))
                .text
                .toString();
    }

    /** The same of some of its columns, for a target that may lack them; no row is loaded by it. */
    public static String pipelineColumns(SinkSettings settings, TableId target, List<PipelineColumn> columns) {
        // Nothing is appended, so it does not matter what would be in the way of that.
        SinkSettings opening = settings.with(PieCloudDBOptions.APPEND_ALLOW_UNIQUE, true)
                .with(PieCloudDBOptions.CREATE_TABLE_ENABLED, false);
        SpecText spec = target(behavior(settings), opening, target, LoadMode.APPEND, "cdc-record")
                .columns(columns)
                .put("columns.partial", true)
                .put("key", "");
        // A change does not say whether its table has a key. Where one with a key lacks its target, its writer says so.
        if (settings.get(PieCloudDBOptions.TABLE_WITHOUT_KEY) == TableWithoutKey.SKIP) {
            spec.put("columns.if-exists", true);
        }
        return spec.text.toString();
    }

    private SpecText columns(List<PipelineColumn> columns) {
        int i = 0;
        for (PipelineColumn column : columns) {
            String option = "column." + i++ + ".";
            put(option + "name", column.name());
            put(option + "type", column.type().asSerializableString());
            put(option + "comment", column.comment());
            if (column.inOldRows() != null) {
                put(option + "default", column.inOldRows());
            }
        }
        return this;
    }

    /** The same of a table whose rows are Debezium's records, with what the source did to its columns behind them. */
    public static String sourceTable(
            SinkSettings settings,
            TableId target,
            LoadMode loadMode,
            SourceTableState known,
            DebeziumDecimals decimals) {
        return sourceTable(behavior(settings), settings, target, loadMode, known, decimals);
    }

    /**
     * The same where no row is loaded: what the writers will alter is no objection, and is left to them, who know what
     * the source's statement says of rows that are there.
     */
    public static String sourceTableWithoutRows(
            SinkSettings settings, TableId target, LoadMode loadMode, SourceTable source) {
        String behavior = settings.isLenient() ? "lenient-later" : behavior(settings);
        return sourceTable(
                behavior, settings, target, loadMode, SourceTableState.given(source, 0), DebeziumDecimals.BASE64);
    }

    private static String sourceTable(
            String behavior,
            SinkSettings settings,
            TableId target,
            LoadMode loadMode,
            SourceTableState known,
            DebeziumDecimals decimals) {
        SourceTable source = known.table();
        SpecText spec = target(behavior, settings, target, loadMode, "debezium-json")
                .put("debezium.decimals", decimals)
                .put("table.comment", source.comment());
        source.columns().forEach(spec::putColumn);
        int later = 0;
        for (String column : known.added()) {
            spec.put("added." + later++ + ".name", column);
        }
        List<String> names =
                source.columns().stream().map(SourceTable.Column::name).collect(Collectors.toList());
        known.inOldRows().forEach((column, value) -> spec.put("column." + names.indexOf(column) + ".default", value));
        known.dropped().forEach(column -> spec.put("column." + names.indexOf(column) + ".dropped", true));
        List<String> key = loadMode == LoadMode.MERGE ? source.primaryKey() : List.of();
        return spec.put("key", indexes(key.stream().mapToInt(names::indexOf)))
                .text
                .toString();
    }

    /**
     * The text of a source table by which records find it.
     *
     * @param definition looked at only where there is a key
     * @param key the columns that rows are routed by
     */
    public static String source(SourceName name, SourceTable definition, List<String> key, DebeziumDecimals decimals) {
        SpecText spec = new SpecText()
                .put("source.database", name.database())
                .put("source.table", name.table())
                .put("debezium.decimals", decimals);
        for (String column : key) {
            definition.columns().stream().filter(c -> c.name().equals(column)).forEach(spec::putColumn);
        }
        return spec.text.toString();
    }

    private static String behavior(SinkSettings settings) {
        return settings.get(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR).toString();
    }

    private static SpecText target(
            String behavior, SinkSettings settings, TableId target, LoadMode loadMode, String records) {
        SpecText spec = new SpecText()
                .put(PieCloudDBOptions.SCHEMA_NAME.key(), target.schema())
                .put(PieCloudDBOptions.TABLE_NAME.key(), target.table())
                .put("record.format", records)
                .put(PieCloudDBOptions.LOAD_MODE.key(), loadMode)
                .put(PieCloudDBOptions.COPY_FORMAT, settings)
                .put(PieCloudDBOptions.MERGE_ALLOW_REPLACE, settings)
                .put(PieCloudDBOptions.APPEND_ALLOW_UNIQUE, settings)
                .put(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR.key(), behavior)
                .put(PieCloudDBOptions.CREATE_TABLE_ENABLED, settings);
        for (ConfigOption<?> option : WHERE_ASKED) {
            if (!settings.get(option).equals(option.defaultValue())) {
                spec.put(option, settings);
            }
        }
        return spec.put(PieCloudDBOptions.SOFT_DELETE_COLUMN, settings)
                .put(PieCloudDBOptions.CREATE_DISTRIBUTED_BY, settings)
                .putEntries(PieCloudDBOptions.CREATE_PROPERTIES, settings);
    }

    private void putColumn(SourceTable.Column column) {
        String option = "column." + columns++ + ".";
        put(option + "name", column.name());
        put(option + "source-type", column.type());
        put(option + "nullable", column.nullable());
        put(option + "comment", column.comment());
    }

    private static String indexes(IntStream key) {
        return key.mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    /** An option as the native half reads it: milliseconds, bytes, or its text; nothing where it has no value. */
    private SpecText put(ConfigOption<?> option, SinkSettings settings) {
        Object value = settings.get(option);
        if (value instanceof Duration) {
            value = ((Duration) value).toMillis();
        } else if (value instanceof MemorySize) {
            value = ((MemorySize) value).getBytes();
        }
        return value == null ? this : put(option.key(), value);
    }

    private SpecText putEntries(ConfigOption<Map<String, String>> option, SinkSettings settings) {
        settings.entries(option).forEach((name, value) -> put(option.key() + "." + name, value));
        return this;
    }

    private SpecText put(String key, Object value) {
        text.append(escaped(key)).append('=').append(escaped(value.toString())).append('\n');
        return this;
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }
}
