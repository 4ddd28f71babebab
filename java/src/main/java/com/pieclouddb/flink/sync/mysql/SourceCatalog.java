package com.pieclouddb.flink.sync.mysql;

import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.tables.TableSelection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;

/**
 * Reads from {@code information_schema} what the selected tables of the source are.
 *
 * <p>Promises all that has rows of its own in the log, columns in the table's order, types as the server spells them,
 * keys in the key's order. Views, sequences and the server's own databases are no tables. Nothing is judged here.
 */
@Internal
public final class SourceCatalog {

    /** Behind the name of a database: one of the users'. */
    public static final String NOT_OURS = " NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')";

    private SourceCatalog() {}

    public static SortedMap<SourceName, SourceTable> read(SourceServer server, TableSelection selection) {
        SortedMap<SourceName, SourceTable.Builder> builders = new TreeMap<>();
        // Their key ends in a column that is none of the table's.
        Set<SourceName> versioned = new HashSet<>();
        server.ask(
                "SELECT table_schema, table_name, table_comment, table_type FROM information_schema.tables"
                        + " WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_schema" + NOT_OURS,
                row -> {
                    SourceName name = new SourceName(row.getString(1), row.getString(2));
                    if (selection.selects(name)) {
                        builders.put(
                                name,
                                SourceTable.of(name.database(), name.table()).comment(row.getString(3)));
                        if (!row.getString(4).equals("BASE TABLE")) {
                            versioned.add(name);
                        }
                    }
                });
        server.ask(
                "SELECT table_schema, table_name, column_name, column_type, is_nullable, column_comment"
                        + " FROM information_schema.columns WHERE table_schema" + NOT_OURS
                        + " ORDER BY table_schema, table_name, ordinal_position",
                row -> {
                    SourceTable.Builder builder = builders.get(new SourceName(row.getString(1), row.getString(2)));
                    if (builder != null) {
                        builder.column(
                                row.getString(3),
                                row.getString(4),
                                row.getString(5).equalsIgnoreCase("YES"),
                                row.getString(6));
                    }
                });
        SortedMap<SourceName, List<String>> keys = new TreeMap<>();
        server.ask(
                "SELECT table_schema, table_name, column_name FROM information_schema.key_column_usage"
                        + " WHERE constraint_name = 'PRIMARY' AND table_schema" + NOT_OURS
                        + " ORDER BY table_schema, table_name, ordinal_position",
                row -> keys.computeIfAbsent(
                                new SourceName(row.getString(1), row.getString(2)), name -> new ArrayList<>())
                        .add(row.getString(3)));
        keys.keySet().removeAll(versioned);
        SortedMap<SourceName, SourceTable> tables = new TreeMap<>();
        builders.forEach((name, builder) -> tables.put(
                name, builder.primaryKey(keys.getOrDefault(name, List.of())).build()));
        return tables;
    }
}
