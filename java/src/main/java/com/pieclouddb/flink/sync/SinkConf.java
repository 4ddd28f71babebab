package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBOptions.MergeStrategy;
import com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior;
import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import com.pieclouddb.flink.internal.settings.NearestName;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.TableOptions;
import com.pieclouddb.flink.sync.cli.Arguments;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.tables.TableNameConverter;
import com.pieclouddb.flink.sync.tables.TableSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.table.api.ValidationException;

/**
 * The sink's options out of the command's flags: {@code --database}, {@code --sink-conf}, {@code --table-conf}.
 *
 * <p>The job's own defaults stand here: it creates tables, gives them what their source gets, keeps columns that only
 * they have, and leaves out tables without a key. Names and values that are the sink's are checked by
 * {@link SinkSettings}.
 */
final class SinkConf {

    /** The command's own, for names rather than for the sink. */
    static final String LOWER_CASE = "table.create.lower-case-names";

    private static final String CREATE = PieCloudDBOptions.CREATE_TABLE_ENABLED.key();
    private static final String PROPERTIES = PieCloudDBOptions.CREATE_PROPERTIES.key() + ".";
    private static final List<String> TABLE_CONF =
            List.of(PROPERTIES + "*", PieCloudDBOptions.CREATE_DISTRIBUTED_BY.key(), LOWER_CASE, CREATE);

    /** Those that no expression may stand in front of. */
    private static final List<String> FOR_ALL = List.of(LOWER_CASE, CREATE);

    private final Map<String, String> options;
    private final String schema;
    private final boolean lowerCase;

    private SinkConf(Map<String, String> options, String schema, boolean lowerCase) {
        this.options = options;
        this.schema = schema;
        this.lowerCase = lowerCase;
    }

    static SinkConf of(Arguments arguments) {
        Map<String, String> options = new TreeMap<>(arguments.pairs(Flag.SINK_CONF));
        List<String> problems = new ArrayList<>();
        String database = arguments.value(Flag.DATABASE).orElse("");
        if (database.isEmpty()) {
            problems.add("missing flag " + Flag.DATABASE.text() + ", the target's database");
        }
        if (!database.equals(options.getOrDefault(PieCloudDBOptions.DATABASE_NAME.key(), database))) {
            problems.add(Flag.SINK_CONF.text() + " " + PieCloudDBOptions.DATABASE_NAME.key()
                    + " is another database than " + Flag.DATABASE.text() + "; leave it out");
        }
        options.put(PieCloudDBOptions.DATABASE_NAME.key(), database);
        String schema =
                options.getOrDefault(PieCloudDBOptions.SCHEMA_NAME.key(), PieCloudDBOptions.SCHEMA_NAME.defaultValue());
        options.remove(PieCloudDBOptions.SCHEMA_NAME.key());
        if (schema.isEmpty()) {
            problems.add(Flag.SINK_CONF.text() + " " + PieCloudDBOptions.SCHEMA_NAME.key() + " must not be empty");
        }
        Map<String, String> tables = new TreeMap<>(arguments.pairs(Flag.TABLE_CONF));
        String lowerCase = tables.getOrDefault(LOWER_CASE, "false");
        if (!lowerCase.equals("true") && !lowerCase.equals("false")) {
            problems.add(Flag.TABLE_CONF.text() + " " + LOWER_CASE + " is true or false, not '" + lowerCase + "'");
        }
        tables.keySet().forEach(key -> {
            String name = TableOptions.name(key);
            if (!name.equals(key) && FOR_ALL.contains(name)) {
                problems.add(
                        Flag.TABLE_CONF.text() + " " + name + " is for all tables and takes no expression of some");
            } else if (!name.startsWith(PROPERTIES) && !TABLE_CONF.contains(name)) {
                problems.add("unknown setting '" + key + "' of " + Flag.TABLE_CONF.text()
                        + NearestName.of(name, TABLE_CONF)
                                .map(known -> ", did you mean '" + known + "'?")
                                .orElse("; known are " + String.join(", ", TABLE_CONF)));
            }
        });
        if (!problems.isEmpty()) {
            throw new ValidationException("The command is not valid:\n  " + String.join("\n  ", problems));
        }
        tables.remove(LOWER_CASE);
        options.putAll(tables);
        options.putIfAbsent(CREATE, "true");
        String lenient = SchemaChangeBehavior.LENIENT.toString();
        String behavior = options.computeIfAbsent(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR.key(), key -> lenient);
        if (!appends(options)) {
            options.putIfAbsent(PieCloudDBOptions.TABLE_WITHOUT_KEY.key(), TableWithoutKey.SKIP.toString());
            if (behavior.equalsIgnoreCase(lenient)) {
                // A target that is only enlarged keeps what its source dropped; 'replace' would reset it row by row.
                options.putIfAbsent(PieCloudDBOptions.MERGE_STRATEGY.key(), MergeStrategy.AUTO.toString());
            }
        }
        return new SinkConf(options, schema, Boolean.parseBoolean(lowerCase));
    }

    /** By the names of docs/options.md. */
    Map<String, String> options() {
        return options;
    }

    /** Whether all tables are appended to, by any way to write that; then none is without a key. */
    private static boolean appends(Map<String, String> options) {
        return Stream.of("load_mode", "load-mode")
                .map(options::get)
                .anyMatch(mode -> mode != null && mode.toLowerCase(Locale.ROOT).startsWith(LoadMode.APPEND.toString()));
    }

    /** What really becomes of tables without a key: append mode takes all tables. */
    static TableWithoutKey withoutKey(SinkSettings settings) {
        return settings.find(PieCloudDBOptions.LOAD_MODE)
                .filter(mode -> mode == LoadMode.APPEND)
                .map(mode -> TableWithoutKey.APPEND)
                .orElse(settings.get(PieCloudDBOptions.TABLE_WITHOUT_KEY));
    }

    TableNameConverter names(Arguments arguments, TableSelection selection) {
        return new TableNameConverter(
                selection,
                schema,
                arguments.value(Flag.TABLE_PREFIX).orElse(""),
                arguments.value(Flag.TABLE_SUFFIX).orElse(""),
                lowerCase);
    }
}
