package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * Options of created tables that are for some tables only: a regular expression and a colon stand in front of the name.
 *
 * <p>An expression is matched against the whole name of a table or, if it holds an escaped dot, against the whole name
 * with what the table is in (the source's database, or the target's schema where the stream knows no source). The same
 * option from two expressions is refused for a table that both match: which one was meant would be a guess. It knows no
 * tables, so it holds for those that come later.
 */
@Internal
public final class TableOptions implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final String BY = PieCloudDBOptions.CREATE_DISTRIBUTED_BY.key();
    private static final String PROPERTIES = PieCloudDBOptions.CREATE_PROPERTIES.key() + ".";

    /** Where the name begins in a text {@code expression:name=value}; an expression may have both signs in it. */
    private static final Pattern NAME =
            Pattern.compile("(?:^|:)(?:table\\.create|sink\\.create-table)\\.[A-Za-z0-9_.-]+=");

    private final List<One> all = new ArrayList<>();

    private TableOptions() {}

    /**
     * Takes them out of a sink's options.
     *
     * @param texts all options; those for some tables are removed
     * @param problems what is wrong is added
     */
    static TableOptions extract(Map<String, String> texts, List<String> problems) {
        TableOptions options = new TableOptions();
        for (String key : List.copyOf(texts.keySet())) {
            String name = name(key);
            if (name.equals(key) || !name.equals(BY) && !name.startsWith(PROPERTIES)) {
                continue;
            }
            String value = texts.remove(key);
            String expression = key.substring(0, key.length() - name.length() - 1);
            if (expression.isEmpty()) {
                problems.add("option '" + key + "' has no expression in front of its colon");
                continue;
            }
            try {
                options.all.add(new One(key, Pattern.compile(expression), name, value));
            } catch (PatternSyntaxException e) {
                problems.add("option '" + key + "' begins with no regular expression: " + e.getDescription()
                        + " near index " + e.getIndex());
            }
        }
        return options;
    }

    /** An option's name without the expression. */
    public static String name(String key) {
        return key.substring(key.lastIndexOf(':') + 1);
    }

    /** Where the value's equals sign is in {@code name=value} or {@code expression:name=value}; -1 for none. */
    public static int equalsSign(String pair) {
        Matcher name = NAME.matcher(pair);
        return name.find() ? name.end() - 1 : pair.indexOf('=');
    }

    /** Each as it was given, with the name and the value as if it were for all tables. */
    List<String[]> given() {
        return all.stream()
                .map(one -> new String[] {one.key, one.name, one.value})
                .collect(Collectors.toList());
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * The options of one table by their names; what is given for all tables is not among them.
     *
     * @param group what the table is in
     * @param table its name there
     * @throws PieCloudDBException where two expressions set the same
     */
    Map<String, String> of(String group, String table) throws PieCloudDBException {
        Map<String, One> found = new TreeMap<>();
        for (One one : all) {
            One other = one.matches(group, table) ? found.put(one.name, one) : null;
            if (other != null) {
                throw new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.CONFIG,
                        "table '" + group + "." + table + "' is matched by '" + other.key + "' and by '" + one.key
                                + "': let only one of the expressions match it");
            }
        }
        Map<String, String> values = new TreeMap<>();
        found.values().forEach(one -> values.put(one.name, one.value));
        return values;
    }

    /** Where an option that the table has is from, as it was given. */
    public String key(String name, String group, String table) {
        return all.stream()
                .filter(one -> one.name.equals(name) && one.matches(group, table))
                .map(one -> one.key)
                .findFirst()
                .orElse(name);
    }

    /** Those whose expression matches none of the tables, as they were given. */
    public List<String> without(List<SourceName> tables) {
        return all.stream()
                .filter(one -> tables.stream().noneMatch(name -> one.matches(name.database(), name.table())))
                .map(one -> one.key)
                .collect(Collectors.toList());
    }

    /** A column that the table lacks, of those that it is to be distributed by. */
    public static Optional<String> lacking(String distributedBy, List<String> columns) {
        return Arrays.stream(distributedBy.split(","))
                .map(String::trim)
                .filter(name -> !columns.contains(name))
                .findFirst();
    }

    /** One option as it was given. */
    private static final class One implements Serializable {

        private static final long serialVersionUID = 1L;

        private final String key;
        private final Pattern expression;
        private final String name;
        private final String value;

        private One(String key, Pattern expression, String name, String value) {
            this.key = key;
            this.expression = expression;
            this.name = name;
            this.value = value;
        }

        /** A dot that is escaped is a dot of the name, as in the expressions of the command. */
        private boolean matches(String group, String table) {
            return expression
                    .matcher(expression.pattern().contains("\\.") ? group + "." + table : table)
                    .matches();
        }
    }
}
