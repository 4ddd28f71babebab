package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior;
import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
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

    /** Options that are written as a prefix with a name behind it. */
    private static final List<ConfigOption<Map<String, String>>> PREFIXES =
            List.of(PieCloudDBOptions.CONNECTION_PROPERTIES, PieCloudDBOptions.CREATE_PROPERTIES);

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

    /**
     * The same for the sink of a pipeline, which tells itself what becomes of a target that lacks something, and whose
     * tables are created unless that is switched off.
     *
     * @param given names and values
     * @param behavior what the pipeline's own option says of changed schemas
     * @return the checked options
     */
    public static SinkSettings ofPipeline(Map<String, String> given, SchemaChangeBehavior behavior) {
        Map<String, String> texts = new TreeMap<>(given);
        texts.putIfAbsent(PieCloudDBOptions.CREATE_TABLE_ENABLED.key(), "true");
        SinkSettings settings = of(SinkMode.PIPELINE, texts).with(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR, behavior);
        refuse(settings.problems(settings.loadModes()));
        return settings;
    }

    /** Names of the options without which a pipeline has no sink. */
    public static List<String> pipelineRequired() {
        return SinkMode.PIPELINE.required().stream().map(ConfigOption::key).collect(Collectors.toList());
    }

    /** Names of its other options. */
    public static List<String> pipelineOptional() {
        List<String> names = new ArrayList<>(SinkMode.PIPELINE.names());
        names.removeAll(pipelineRequired());
        return names;
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
        refuse(problems);
        return settings;
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new ValidationException(
                    "The options of the pieclouddb sink are not valid:\n  " + String.join("\n  ", problems));
        }
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

    /** The same options without one. */
    public SinkSettings without(ConfigOption<?> option) {
        Configuration changed = new Configuration(options);
        changed.removeConfig(option);
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
                        mode.ofOthers().contains(key)
                                ? "option '" + key + "' " + mode.foreign(key)
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
                    OptionValue.nameProblem(option, value).ifPresent(problems::add);
                } else if (value != null) {
                    OptionValue.rangeProblem(option, value)
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
                problems.add("option '" + one[0] + "' " + mode.foreign(one[1]));
            } else if (one[1].equals(PieCloudDBOptions.CREATE_DISTRIBUTED_BY.key())) {
                OptionValue.rangeProblem(PieCloudDBOptions.CREATE_DISTRIBUTED_BY, one[2])
                        .ifPresent(p -> problems.add("option '" + one[0] + "' " + p + ", but is '" + one[2] + "'"));
            } else {
                String name = one[1].substring(
                        PieCloudDBOptions.CREATE_PROPERTIES.key().length() + 1);
                OptionValue.nameProblem(PieCloudDBOptions.CREATE_PROPERTIES, Map.of(name, ""))
                        .ifPresent(problems::add);
            }
        }
    }

    @Override
    public String toString() {
        String database = get(PieCloudDBOptions.DATABASE_NAME);
        return mode == SinkMode.TABLE
                ? database + "." + get(PieCloudDBOptions.SCHEMA_NAME) + "." + get(PieCloudDBOptions.TABLE_NAME)
                : database;
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
