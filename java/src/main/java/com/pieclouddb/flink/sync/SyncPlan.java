package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.checks.CatalogLimits;
import com.pieclouddb.flink.sync.checks.SourceLimits;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.tables.TableNameConverter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * Which of the source's selected tables are loaded, and why the others are not.
 *
 * <p>Promises that what is loaded does not stop the source, and that everything that is wrong is told in one error. It
 * asks no server.
 */
@Internal
public final class SyncPlan {

    private final List<SourceTable> loaded = new ArrayList<>();
    private final SortedMap<SourceName, String> leftOut = new TreeMap<>();
    private final SortedMap<SourceName, String> goneOn = new TreeMap<>();
    private final Set<SourceName> without = new TreeSet<>();

    private SyncPlan() {}

    /**
     * Decides for each table.
     *
     * @param tables those that are selected
     * @param catalog what else keeps them from being loaded
     * @param names of their targets
     * @param withoutKey what becomes of those without a key
     * @param isFollowed whether the job has loaded a table before, so that none is read from its beginning
     */
    static SyncPlan of(
            SortedMap<SourceName, SourceTable> tables,
            CatalogLimits catalog,
            TableNameConverter names,
            MySqlConf conf,
            CdcClasses.Line line,
            TableWithoutKey withoutKey,
            boolean ignoreIncompatible,
            Predicate<SourceTable> isFollowed) {
        SyncPlan plan = new SyncPlan();
        List<String> problems = new ArrayList<>();
        tables.forEach((name, given) -> {
            boolean isCut = conf.readsSnapshot();
            SourceTable table = given;
            List<String> limits = limits(table, catalog, names, line, conf, isCut);
            SourceTable keyed = withoutKey == TableWithoutKey.APPEND ? table : keyed(table, catalog.uniqueKey(name));
            if ((isCut && !limits.isEmpty() || keyed != table)
                    && limits(keyed, catalog, names, line, conf, false).isEmpty()
                    && isFollowed.test(keyed)) {
                plan.goneOn.put(name, limits.isEmpty() ? "it has no primary key" : String.join(", ", limits));
                limits.clear();
                table = keyed;
            }
            if (table.primaryKey().isEmpty()
                    && withoutKey == TableWithoutKey.APPEND
                    && catalog.reasonWithoutKey(name) != null) {
                limits.add(catalog.reasonWithoutKey(name));
            }
            if (!limits.isEmpty()) {
                String reason = String.join(", ", limits);
                plan.leftOut.put(name, reason);
                if (!ignoreIncompatible) {
                    problems.add("'" + name + "': " + reason);
                }
            } else if (table.primaryKey().isEmpty() && withoutKey != TableWithoutKey.APPEND) {
                plan.leftOut.put(name, "it has no primary key");
                if (withoutKey == TableWithoutKey.REFUSE) {
                    problems.add("'" + name + "': it has no primary key, and sink.table-without-key is refuse");
                }
            } else {
                plan.loaded.add(table);
                keyProblem(name, table, conf).ifPresent(problems::add);
            }
        });
        plan.without.addAll(plan.leftOut.keySet());
        plan.without.addAll(catalog.sequences());
        addWrongChunkKeys(problems, tables, conf);
        if (!problems.isEmpty()) {
            throw new ValidationException("These tables of the source cannot be loaded; exclude them by "
                    + Flag.EXCLUDING_TABLES.text() + ", or give " + Flag.IGNORE_INCOMPATIBLE.text()
                    + " for those whose columns or names are the reason:\n  " + String.join("\n  ", problems));
        }
        if (plan.loaded.isEmpty()) {
            throw new ValidationException("No table of the source is to be loaded: " + tables.size() + " match "
                    + MySqlOption.DATABASE_NAME.key() + ", " + Flag.INCLUDING_TABLES.text() + " and "
                    + Flag.EXCLUDING_TABLES.text() + ", and of these " + plan.leftOut.size() + " are left out");
        }
        return plan;
    }

    /** What keeps a table from being loaded. */
    private static List<String> limits(
            SourceTable table,
            CatalogLimits catalog,
            TableNameConverter names,
            CdcClasses.Line line,
            MySqlConf conf,
            boolean isCut) {
        SourceName name = SourceName.of(table);
        List<String> limits = new ArrayList<>(SourceLimits.of(table, line, conf, isCut));
        limits.addAll(catalog.reasons(name, isCut));
        names.tooLong(name).ifPresent(limits::add);
        return limits;
    }

    /** The table with another key in the place of none; the same one where there is no other. */
    private static SourceTable keyed(SourceTable table, List<String> key) {
        if (key.isEmpty() || !table.primaryKey().isEmpty()) {
            return table;
        }
        SourceTable.Builder builder =
                SourceTable.of(table.database(), table.table()).comment(table.comment());
        table.columns()
                .forEach(column -> builder.column(column.name(), column.type(), column.nullable(), column.comment()));
        return builder.primaryKey(key).build();
    }

    List<SourceTable> loaded() {
        return loaded;
    }

    List<SourceName> names() {
        return loaded.stream().map(SourceName::of).collect(Collectors.toList());
    }

    /** Selected tables that are not loaded, and why. */
    Map<SourceName, String> leftOut() {
        return leftOut;
    }

    /** Tables that only the log is read of, since the job has loaded them before, and why no snapshot would be. */
    Map<SourceName, String> goneOn() {
        return goneOn;
    }

    /** All that is selected, has rows in the log and is not to be read. */
    Set<SourceName> without() {
        return without;
    }

    /** The reasons as texts. */
    List<String> reasons() {
        List<String> reasons = new ArrayList<>();
        leftOut.forEach((name, reason) -> reasons.add(name + " (" + reason + ")"));
        return reasons;
    }

    /** A table without a key cannot be cut into pieces by itself. */
    private static Optional<String> keyProblem(SourceName name, SourceTable table, MySqlConf conf) {
        if (!table.primaryKey().isEmpty()
                || !conf.readsSnapshot()
                || conf.chunkKeys().containsKey(name)) {
            return Optional.empty();
        }
        return Optional.of("'" + name + "': it has no primary key, so the snapshot needs a column to cut it by: "
                + Flag.MYSQL_CONF.text() + " '" + MySqlOption.CHUNK_KEY.key() + "=" + name + ":COLUMN'");
    }

    private static void addWrongChunkKeys(
            List<String> problems, SortedMap<SourceName, SourceTable> tables, MySqlConf conf) {
        conf.chunkKeys().forEach((name, column) -> {
            SourceTable table = tables.get(name);
            if (table == null
                    || table.columns().stream().noneMatch(c -> c.name().equals(column))) {
                problems.add("'" + name + "': " + MySqlOption.CHUNK_KEY.key() + " names its column '" + column
                        + "', but " + (table == null ? "no such table is selected" : "it has none of that name"));
            }
        });
    }
}
