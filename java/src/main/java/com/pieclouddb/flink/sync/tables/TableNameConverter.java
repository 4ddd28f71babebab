package com.pieclouddb.flink.sync.tables;

import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.schema.ColumnName;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cli.Flag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command's names of targets: schema by a pattern, table with prefix and suffix, in lower case if asked for.
 *
 * <p>Promises that two tables of the source never share a target unless the command said so: those that are there are
 * checked when the job is planned, and one that comes later and would go to the target of a table that was there ends
 * the job. Two that both come later are not held against each other.
 */
@Internal
public final class TableNameConverter implements TargetNaming {

    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(TableNameConverter.class);

    /** Stands for the source's database in {@code schema-name}. */
    public static final String DATABASE = "{database}";

    private final TableSelection selection;
    private final String schema;
    private final String prefix;
    private final String suffix;
    private final boolean lowerCase;

    /** Whose target it is; empty where tables may share. */
    private final HashMap<TableId, String> owners = new HashMap<>();

    /** Tables whose lack of a target was told. */
    private final HashSet<SourceName> told = new HashSet<>();

    public TableNameConverter(
            TableSelection selection, String schema, String prefix, String suffix, boolean lowerCase) {
        this.selection = selection;
        this.schema = schema;
        this.prefix = prefix;
        this.suffix = suffix;
        this.lowerCase = lowerCase;
    }

    /**
     * Null for a table that is not selected, of which Flink CDC tells definitions too, and for one whose target's name
     * would be cut off.
     */
    @Override
    public TableId target(String database, String table) {
        SourceName name = new SourceName(database, table);
        if (!selection.selects(name)) {
            return null;
        }
        Optional<String> tooLong = tooLong(name);
        if (tooLong.isPresent()) {
            if (told.add(name)) {
                LOG.warn("table '{}' of the source is left out: {}", name, tooLong.get());
            }
            return null;
        }
        TableId target = named(database, table);
        String source = name.toString();
        String owner = owners.getOrDefault(target, source);
        if (!owner.equals(source)) {
            throw new SuppressRestartsException(
                    new IllegalStateException("table '" + source + "' of the source, which is new, "
                            + "would be loaded into '" + target + "', where '" + owner + "' is: exclude one of them by "
                            + Flag.EXCLUDING_TABLES.text() + ", or give " + Flag.MERGE_SHARDS.text()));
        }
        return target;
    }

    /** Keeps the targets of these tables from all others. */
    public void reserve(Collection<SourceTable> tables) {
        for (SourceTable table : tables) {
            owners.put(
                    named(table.database(), table.table()), SourceName.of(table).toString());
        }
    }

    /** What is wrong with the targets of these tables, one line for each. */
    public List<String> problems(Collection<SourceTable> tables, boolean mayShare) {
        Map<String, List<SourceTable>> byTarget = new TreeMap<>();
        List<String> problems = new ArrayList<>();
        for (SourceTable table : tables) {
            TableId target = named(table.database(), table.table());
            byTarget.computeIfAbsent(target.toString(), name -> new ArrayList<>())
                    .add(table);
        }
        byTarget.forEach((target, sources) -> {
            List<String> names = new ArrayList<>();
            sources.forEach(table -> names.add(source(table)));
            boolean same = sources.stream()
                    .allMatch(table -> table.columns().equals(sources.get(0).columns())
                            && table.primaryKey().equals(sources.get(0).primaryKey()));
            if (sources.size() > 1 && !(mayShare && same)) {
                problems.add(String.join(", ", names) + " would all be loaded into '" + target + "'"
                        + (same ? "" : ", but their columns or keys differ"));
            }
        });
        return problems;
    }

    /** Why a table has no target: its name would be cut off, and two tables may become one. */
    public Optional<String> tooLong(SourceName table) {
        TableId target = named(table.database(), table.table());
        return Stream.of(target.schema(), target.table())
                .filter(ColumnName::isTooLong)
                .findFirst()
                .map(TableRule.LONG_TARGET::reason);
    }

    private TableId named(String database, String table) {
        return TableId.of(cased(schema.replace(DATABASE, database)), cased(prefix + table + suffix));
    }

    private String cased(String name) {
        return lowerCase ? name.toLowerCase(Locale.ROOT) : name;
    }

    private static String source(SourceTable table) {
        return "'" + SourceName.of(table) + "'";
    }
}
