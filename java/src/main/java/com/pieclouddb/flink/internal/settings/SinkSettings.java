package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.table.api.ValidationException;

/**
 * The options of one sink after every check that needs no server: an instance holds only known names and good values.
 *
 * <p>All mistakes are reported in one {@link ValidationException} that names each option; the password is in none of
 * them. What an option means for a load mode or a schema is the plan's concern.
 */
@Internal
public final class SinkSettings implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * Room for a few batches, a COPY message and the bookkeeping; below it the queue would be full with every batch.
     */
    private static final MemorySize LEAST_MEMORY = MemorySize.ofMebiBytes(1);

    /** Options that are written as a prefix with a name behind it. */
    private static final List<ConfigOption<Map<String, String>>> PREFIXES =
            List.of(PieCloudDBOptions.CONNECTION_PROPERTIES, PieCloudDBOptions.CREATE_PROPERTIES);

    /** What a server's setting can be named; anything else would have to be quoted in a statement. */
    private static final Pattern PROPERTY_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

    /** The server keeps 63 bytes of a session's name, and much stands behind it. */
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_-]{1,24}");

    /** A number of rows, or a percentage with two digits behind the point at most. */
    private static final Pattern MAX_ERROR_ROWS =
            Pattern.compile("[1-9][0-9]{0,17}|(?!0+(\\.0+)?%)(100(\\.00?)?|[0-9]{1,2}(\\.[0-9]{1,2})?)%");

    private final SinkMode mode;
    private final Configuration options;
    private final Secret password;
    private final TableOptions ofTables;

    private SinkSettings(SinkMode mode, Configuration options, Secret password, TableOptions ofTables) {
        this.mode = mode;
        this.options = options;
        this.password = password;
        this.ofTables = ofTables;
    }

    /**
     * Checks options as a user wrote them, for a sink into one table.
     *
     * @param given names and values, without Flink's own {@code connector}
     * @return the checked options
     */
    public static SinkSettings ofTable(Map<String, String> given) {
        return of(SinkMode.TABLE, given);
    }

    /**
     * The same for a sink into many tables.
     *
     * @param given names and values
     * @return the checked options
     */
    public static SinkSettings ofDatabase(Map<String, String> given) {
        return of(SinkMode.DATABASE, given);
    }

    private static SinkSettings of(SinkMode mode, Map<String, String> given) {
        Map<String, String> texts = new TreeMap<>(given);
        for (String key : List.of("load_mode", "load-mode")) {
            texts.computeIfPresent(key, (k, v) -> v.equalsIgnoreCase("append-only") ? "append" : v);
        }
        List<String> problems = new ArrayList<>();
        TableOptions ofTables = TableOptions.extract(texts, problems);
        Configuration options = Configuration.fromMap(texts);
        checkNames(mode, texts.keySet(), problems);
        checkValues(mode, options, problems);
        checkTables(mode, ofTables, problems);
        Secret password =
                options.getOptional(PieCloudDBOptions.PASSWORD).map(Secret::new).orElse(null);
        options.removeConfig(PieCloudDBOptions.PASSWORD);
        SinkSettings settings = new SinkSettings(mode, options, password, ofTables);
        if (problems.isEmpty()) {
            // Of good values only: what one option needs of another.
            problems.addAll(settings.problems(settings.loadModes()));
            problems.addAll(SessionProperty.problems(settings.entries(PieCloudDBOptions.CONNECTION_PROPERTIES)));
        }
        if (!problems.isEmpty()) {
            throw new ValidationException(
                    "The options of the pieclouddb sink are not valid:\n  " + String.join("\n  ", problems));
        }
        return settings;
    }

    /**
     * What is wrong with the options together.
     *
     * @param modes the ways in which tables may be loaded
     */
    public List<String> problems(Set<LoadMode> modes) {
        return OptionRule.problems(options, this::given, modes);
    }

    /** The ways in which tables may be loaded, as far as options tell. */
    private Set<LoadMode> loadModes() {
        Optional<LoadMode> asked = find(PieCloudDBOptions.LOAD_MODE);
        if (mode == SinkMode.TABLE
                || asked.filter(load -> load == LoadMode.APPEND).isPresent()) {
            return asked.map(Set::of).orElse(Set.of(LoadMode.values()));
        }
        return get(PieCloudDBOptions.TABLE_WITHOUT_KEY) == TableWithoutKey.APPEND
                ? Set.of(LoadMode.values())
                : Set.of(LoadMode.MERGE);
    }

    /** The same options, but for one. */
    public <V> SinkSettings with(ConfigOption<V> option, V value) {
        Configuration changed = new Configuration(options);
        changed.set(option, value);
        return new SinkSettings(mode, changed, password, ofTables);
    }

    /**
     * The options as they are for one table: what an expression sets wins over what is set for all.
     *
     * @param group what the table is in: the source's database or the target's schema
     * @param table its name there
     * @throws PieCloudDBException where two expressions set the same
     */
    public SinkSettings ofTable(String group, String table) throws PieCloudDBException {
        Map<String, String> own = ofTables.of(group, table);
        if (own.isEmpty()) {
            return this;
        }
        Map<String, String> properties = entries(PieCloudDBOptions.CREATE_PROPERTIES);
        Configuration changed = new Configuration(options);
        own.forEach((name, value) -> {
            if (name.equals(PieCloudDBOptions.CREATE_DISTRIBUTED_BY.key())) {
                changed.set(PieCloudDBOptions.CREATE_DISTRIBUTED_BY, value);
            } else {
                properties.put(
                        name.substring(PieCloudDBOptions.CREATE_PROPERTIES.key().length() + 1), value);
            }
        });
        if (!properties.isEmpty()) {
            changed.set(PieCloudDBOptions.CREATE_PROPERTIES, properties);
        }
        return new SinkSettings(mode, changed, password, ofTables);
    }

    /** Options that are for some tables only. */
    public TableOptions ofTables() {
        return ofTables;
    }

    /** The names by which an option was given, with an expression or without. */
    List<String> given(ConfigOption<?> option) {
        List<String> names = new ArrayList<>();
        if (find(option).isPresent()) {
            names.add(option.key());
        }
        for (String[] one : ofTables.given()) {
            if (one[1].equals(option.key()) || PREFIXES.contains(option) && one[1].startsWith(option.key() + ".")) {
                names.add(one[0]);
            }
        }
        return names;
    }

    public <V> V get(ConfigOption<V> option) {
        return options.get(option);
    }

    public <V> Optional<V> find(ConfigOption<V> option) {
        return options.getOptional(option);
    }

    public Optional<Secret> password() {
        return Optional.ofNullable(password);
    }

    /** What was given with an option's prefix, in a stable order. */
    public Map<String, String> entries(ConfigOption<Map<String, String>> option) {
        return new TreeMap<>(find(option).orElse(Map.of()));
    }

    /** What decides how a target is created, in a stable order. */
    public Map<String, String> creation() {
        Map<String, String> creation = entries(PieCloudDBOptions.CREATE_PROPERTIES);
        find(PieCloudDBOptions.CREATE_DISTRIBUTED_BY).ifPresent(by -> creation.put("distributed by", by));
        return creation;
    }

    private static void checkNames(SinkMode mode, Set<String> given, List<String> problems) {
        Set<String> known = mode.names();
        for (String key : given) {
            String name = TableOptions.name(key);
            if (!name.equals(key) && known.contains(name)) {
                problems.add("option '" + key + "': '" + name + "' is for all tables and takes no expression of some");
            } else if (!known.contains(key)
                    && PREFIXES.stream().noneMatch(prefix -> key.startsWith(prefix.key() + "."))) {
                problems.add(
                        mode.other().names().contains(key)
                                ? "option '" + key + "' " + mode.other().belongs()
                                : "unknown option '" + key + "'"
                                        + NearestName.of(key, known)
                                                .map(nearest -> ", did you mean '" + nearest + "'?")
                                                .orElse("; known are " + String.join(", ", known)));
            }
        }
        for (ConfigOption<?> option : mode.all()) {
            option.fallbackKeys().forEach(other -> {
                if (given.contains(option.key()) && given.contains(other.getKey())) {
                    problems.add("option '" + option.key() + "' is given twice, also as '" + other.getKey() + "'");
                }
            });
        }
        for (ConfigOption<?> prefix : PREFIXES) {
            if (given.contains(prefix.key()) && given.stream().anyMatch(key -> key.startsWith(prefix.key() + "."))) {
                problems.add("option '" + prefix.key() + "' is given twice, also as '" + prefix.key() + ".<name>'");
            }
        }
    }

    private static void checkValues(SinkMode mode, Configuration options, List<String> problems) {
        for (ConfigOption<?> option : mode.required()) {
            String key = option.key();
            if (!options.containsKey(key)) {
                problems.add("missing option '" + key + "'");
            } else if (String.valueOf(options.get(option)).isEmpty()) {
                problems.add("option '" + key + "' must not be empty");
            }
        }
        for (ConfigOption<?> option : mode.all()) {
            try {
                Object value = options.get(option);
                if (PREFIXES.contains(option)) {
                    nameProblem(option, value).ifPresent(problems::add);
                } else if (value != null) {
                    rangeProblem(option, value)
                            .ifPresent(p ->
                                    problems.add("option '" + option.key() + "' " + p + ", but is '" + value + "'"));
                }
            } catch (IllegalArgumentException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                problems.add("option '" + option.key() + "' cannot be read: " + cause.getMessage());
            }
        }
    }

    /** Options for some tables are judged as if they were for all. */
    private static void checkTables(SinkMode mode, TableOptions ofTables, List<String> problems) {
        for (String[] one : ofTables.given()) {
            if (mode == SinkMode.TABLE) {
                problems.add("option '" + one[0] + "' " + mode.other().belongs());
            } else if (one[1].equals(PieCloudDBOptions.CREATE_DISTRIBUTED_BY.key())) {
                rangeProblem(PieCloudDBOptions.CREATE_DISTRIBUTED_BY, one[2])
                        .ifPresent(p -> problems.add("option '" + one[0] + "' " + p + ", but is '" + one[2] + "'"));
            } else {
                String name = one[1].substring(
                        PieCloudDBOptions.CREATE_PROPERTIES.key().length() + 1);
                nameProblem(PieCloudDBOptions.CREATE_PROPERTIES, Map.of(name, ""))
                        .ifPresent(problems::add);
            }
        }
    }

    /** What is wrong with a value of the right type. Any text is a password, so one is never told. */
    private static Optional<String> rangeProblem(ConfigOption<?> option, Object value) {
        if (option == PieCloudDBOptions.PORT) {
            return unless((Integer) value >= 1 && (Integer) value <= 65535, "must be between 1 and 65535");
        }
        if (option == PieCloudDBOptions.LABEL_PREFIX) {
            return unless(LABEL.matcher((String) value).matches(), "must be 1 to 24 letters, digits, '_' or '-'");
        }
        if (value.equals("") && option != PieCloudDBOptions.PASSWORD && !PieCloudDBOptions.REQUIRED.contains(option)) {
            return Optional.of("must not be empty");
        }
        if (option == PieCloudDBOptions.ERROR_ROWS_MAX) {
            return unless(
                    MAX_ERROR_ROWS.matcher((String) value).matches(),
                    "must be a number of rows, such as 1000, or a percentage from 0.01% to 100%");
        }
        if (option == PieCloudDBOptions.CREATE_DISTRIBUTED_BY) {
            return unless(
                    Arrays.stream(((String) value).split(",", -1)).noneMatch(String::isBlank),
                    "must be names of columns with commas between");
        }
        if (option == PieCloudDBOptions.SINK_PARALLELISM || option == PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE) {
            return unless((Integer) value >= 1, "must be at least 1");
        }
        if (option == PieCloudDBOptions.CONNECTION_MAX_RETRIES || option == PieCloudDBOptions.METRICS_MAX_TABLES) {
            return unless((Integer) value >= 0, "must not be negative");
        }
        if (option == PieCloudDBOptions.BUFFER_FLUSH_MAX_ROWS) {
            return unless((Long) value >= 0, "must not be negative");
        }
        if (option == PieCloudDBOptions.BUFFER_MEMORY_SIZE) {
            return unless(((MemorySize) value).compareTo(LEAST_MEMORY) >= 0, "must be at least 1 mb");
        }
        if (option == PieCloudDBOptions.BUFFER_FLUSH_INTERVAL
                || option == PieCloudDBOptions.COPY_MAX_DURATION
                || option == PieCloudDBOptions.RECOVERY_GRACE_PERIOD) {
            Duration duration = (Duration) value;
            return unless(duration.isZero() || duration.toMillis() >= 1, "must be 0 or at least 1 ms");
        }
        if (option == PieCloudDBOptions.CONNECTION_TIMEOUT || option == PieCloudDBOptions.STALL_TIMEOUT) {
            return unless(((Duration) value).toMillis() >= 1, "must be at least 1 ms");
        }
        if (option == PieCloudDBOptions.STAGING_RETENTION || option == PieCloudDBOptions.LEDGER_RETENTION) {
            return unless(!((Duration) value).isNegative(), "must not be negative");
        }
        if (option == PieCloudDBOptions.CONNECTION_POOL_IDLE_TIMEOUT) {
            return unless(((Duration) value).toMillis() >= 1000, "must be at least 1 s");
        }
        if (option == PieCloudDBOptions.PDB_WAREHOUSE_STATEMENT) {
            String rest = ((String) value).replace("'<name>'", "").replace("\"<name>\"", "");
            return unless(
                    rest.length() < ((String) value).length() && !rest.contains("<name>"),
                    "must have the warehouse's name as '<name>' or \"<name>\", with its quotes");
        }
        return Optional.empty();
    }

    /** What is wrong with the names behind a prefix. The values may be anything, secrets too, and are not told. */
    private static Optional<String> nameProblem(ConfigOption<?> prefix, Object entries) {
        List<String> bad = new ArrayList<>();
        for (Object name : entries == null ? Set.of() : ((Map<?, ?>) entries).keySet()) {
            if (!PROPERTY_NAME.matcher((String) name).matches()) {
                bad.add("'" + name + "'");
            }
        }
        return unless(
                bad.isEmpty(),
                "option '" + prefix.key() + "' takes names of letters, digits, '_' and '.', not "
                        + String.join(", ", bad));
    }

    private static Optional<String> unless(boolean good, String problem) {
        return good ? Optional.empty() : Optional.of(problem);
    }

    @Override
    public String toString() {
        String database = get(PieCloudDBOptions.DATABASE_NAME);
        return mode == SinkMode.DATABASE
                ? database
                : database + "." + get(PieCloudDBOptions.SCHEMA_NAME) + "." + get(PieCloudDBOptions.TABLE_NAME);
    }

    /** Whether targets are given what they lack. */
    public boolean isLenient() {
        return get(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR) == PieCloudDBOptions.SchemaChangeBehavior.LENIENT;
    }

    /** Whether rows become visible once, when their checkpoint has completed. */
    public boolean isExactlyOnce() {
        return get(PieCloudDBOptions.DELIVERY_GUARANTEE) == PieCloudDBOptions.DeliveryGuarantee.EXACTLY_ONCE;
    }
}
