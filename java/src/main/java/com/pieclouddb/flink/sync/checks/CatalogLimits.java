package com.pieclouddb.flink.sync.checks;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.mysql.SourceCatalog;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import com.pieclouddb.flink.sync.tables.TableRule;
import com.pieclouddb.flink.sync.tables.TableSelection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.annotation.Internal;

/**
 * What the source's catalog says of its tables beyond columns and key, as far as it keeps one from being loaded.
 *
 * <p>It names tables and reasons; what becomes of them is {@code SyncPlan}'s.
 */
@Internal
public final class CatalogLimits {

    private static final String FAR_CHARSETS =
            "'armscii8', 'geostd8', 'hp8', 'dec8', 'keybcs2', 'swe7', 'koi8u', 'euckr', 'ujis', 'eucjpms'";

    private final Map<SourceName, List<String>> reasons = new TreeMap<>();

    /** What matters only while a snapshot is read. */
    private final Map<SourceName, List<String>> reasonsOfSnapshot = new TreeMap<>();

    /** Unique keys that take NULL, of tables without a primary key. */
    private final Map<SourceName, String> uniqueWithNull = new HashMap<>();

    /** Columns of unique keys without NULL, of tables without a primary key, by the keys' names. */
    private final Map<SourceName, Map<String, List<String>>> unique = new HashMap<>();

    private final Set<SourceName> sequences = new TreeSet<>();

    private CatalogLimits() {}

    /** Of a source that has nothing of the kind. */
    public static CatalogLimits none() {
        return new CatalogLimits();
    }

    public static CatalogLimits read(SourceServer server, TableSelection selection) {
        CatalogLimits limits = new CatalogLimits();
        server.ask(
                "SELECT table_schema, table_name, table_type FROM information_schema.tables"
                        + " WHERE table_type IN ('SYSTEM VERSIONED', 'SEQUENCE')",
                row -> {
                    if (!row.getString(3).equals("SEQUENCE")) {
                        limits.add(selection, row.getString(1), row.getString(2), TableRule.VERSIONED.reason());
                    } else if (selection.selects(new SourceName(row.getString(1), row.getString(2)))) {
                        limits.sequences.add(new SourceName(row.getString(1), row.getString(2)));
                    }
                });
        server.ask(
                "SELECT table_schema, table_name, column_name, extra, column_type, data_type, character_set_name"
                        + " FROM information_schema.columns WHERE table_schema" + SourceCatalog.NOT_OURS
                        + " AND (extra LIKE '%INVISIBLE%'"
                        + " OR column_type LIKE '%/*M!100301 COMPRESSED%' OR character_set_name IN (" + FAR_CHARSETS
                        + "))"
                        + " ORDER BY table_schema, table_name, ordinal_position",
                row -> {
                    String column = row.getString(3);
                    boolean hasLabels = row.getString(6).equalsIgnoreCase("enum")
                            || row.getString(6).equalsIgnoreCase("set");
                    if (row.getString(4).contains("INVISIBLE")) {
                        add(
                                limits.reasonsOfSnapshot,
                                selection,
                                new SourceName(row.getString(1), row.getString(2)),
                                TableRule.INVISIBLE.of(column));
                    }
                    if (row.getString(5).contains("COMPRESSED") && !hasLabels) {
                        limits.add(selection, row.getString(1), row.getString(2), TableRule.COMPRESSED.of(column));
                    }
                    if (row.getString(7) != null && FAR_CHARSETS.contains("'" + row.getString(7) + "'")) {
                        limits.add(
                                selection,
                                row.getString(1),
                                row.getString(2),
                                TableRule.FAR_CHARSET.of(column, row.getString(7)));
                    }
                });
        limits.readPeriods(server, selection);
        limits.readUniqueKeys(server);
        return limits;
    }

    /** MariaDB keeps a check for each period; only the table's own text says that it is one. */
    private void readPeriods(SourceServer server, TableSelection selection) {
        List<String[]> checks = new ArrayList<>();
        if (server.variables().getOrDefault("version", "").contains("MariaDB")) {
            server.ask(
                    "SELECT constraint_schema, table_name, constraint_name FROM information_schema.check_constraints"
                            + " WHERE check_clause LIKE '`%` < `%`'",
                    row -> {
                        if (selection.selects(new SourceName(row.getString(1), row.getString(2)))) {
                            checks.add(new String[] {row.getString(1), row.getString(2), row.getString(3)});
                        }
                    });
        }
        for (String[] check : checks) {
            server.ask("SHOW CREATE TABLE " + quoted(check[0]) + "." + quoted(check[1]), row -> {
                if (row.getString(2).contains("PERIOD FOR " + quoted(check[2]))) {
                    add(selection, check[0], check[1], TableRule.PERIOD.reason(check[2]));
                }
            });
        }
    }

    private void readUniqueKeys(SourceServer server) {
        Set<SourceName> keyed = new HashSet<>();
        server.ask(
                "SELECT table_schema, table_name, index_name, nullable, column_name FROM"
                        + " information_schema.statistics WHERE non_unique = 0 AND table_schema"
                        + SourceCatalog.NOT_OURS + " ORDER BY table_schema, table_name, index_name, seq_in_index",
                row -> {
                    SourceName name = new SourceName(row.getString(1), row.getString(2));
                    if (row.getString(3).equals("PRIMARY")) {
                        keyed.add(name);
                    } else if ("YES".equals(row.getString(4))) {
                        uniqueWithNull.put(name, row.getString(3));
                    } else {
                        unique.computeIfAbsent(name, of -> new TreeMap<>())
                                .computeIfAbsent(row.getString(3), of -> new ArrayList<>())
                                .add(row.getString(5));
                    }
                });
        uniqueWithNull.keySet().removeAll(keyed);
        unique.keySet().removeAll(keyed);
    }

    private void add(TableSelection selection, String database, String table, String reason) {
        add(reasons, selection, new SourceName(database, table), reason);
    }

    private static void add(
            Map<SourceName, List<String>> reasons, TableSelection selection, SourceName name, String reason) {
        if (selection.selects(name)) {
            reasons.computeIfAbsent(name, of -> new ArrayList<>()).add(reason);
        }
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /**
     * Why a table is not loaded, whatever its key.
     *
     * @param isCut whether a snapshot of it is read
     */
    public List<String> reasons(SourceName name, boolean isCut) {
        List<String> all = new ArrayList<>(reasons.getOrDefault(name, List.of()));
        all.addAll(isCut ? reasonsOfSnapshot.getOrDefault(name, List.of()) : List.of());
        return all;
    }

    /**
     * The columns of a table's unique key that takes no NULL, which Flink CDC takes for the primary key of a table that
     * has none; empty where there is not one such key alone.
     */
    public List<String> uniqueKey(SourceName name) {
        Map<String, List<String>> keys = unique.getOrDefault(name, Map.of());
        return keys.size() == 1 && !uniqueWithNull.containsKey(name)
                ? keys.values().iterator().next()
                : List.of();
    }

    /** What is selected and is no table, although the log has rows of it. */
    public Set<SourceName> sequences() {
        return sequences;
    }

    /** Why a table is not appended to that has no primary key; null where it is. */
    public String reasonWithoutKey(SourceName name) {
        String key = uniqueWithNull.get(name);
        return key == null ? null : TableRule.UNIQUE_WITH_NULL.reason(key);
    }
}
