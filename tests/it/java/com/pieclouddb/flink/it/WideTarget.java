package com.pieclouddb.flink.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Tables of the target as somebody keeps them who alters source and target alike, with types that take more than one
 * type of the source; and what is in them.
 */
final class WideTarget {

    private final Connection target;

    WideTarget(Connection target) {
        this.target = target;
    }

    /** Makes the tables of a database that have a key. */
    void create(LoggedRows told) throws SQLException {
        for (DefinedTable table : told.tables()) {
            if (!table.key().isEmpty()) {
                execute("CREATE SCHEMA IF NOT EXISTS \"" + table.database + "\"");
                execute("CREATE TABLE " + table.inTarget() + " ("
                        + table.columns.stream()
                                .map(column -> column.inTarget() + " " + column.kind.wide())
                                .collect(Collectors.joining(", "))
                        + ", PRIMARY KEY ("
                        + table.key().stream().map(SourceColumn::inTarget).collect(Collectors.joining(", ")) + "))");
            }
        }
    }

    /** Alters those that are there as the source was; tables that are new the job makes. */
    void alter(LoggedRows told) throws SQLException {
        for (DefinedTable table : told.tables()) {
            String name = table.database + "." + table.name;
            Map<String, String> columns = columns(name);
            if (columns.isEmpty()) {
                continue;
            }
            renameKey(table, name, columns, told);
            for (SourceColumn column : table.columns) {
                String type = columns.get(column.name.toLowerCase(Locale.ROOT));
                String alter = "ALTER TABLE " + table.inTarget();
                if (type == null) {
                    execute(alter + " ADD COLUMN " + column.inTarget() + " " + column.kind.wide());
                    told.empty(name, column.name);
                    continue;
                }
                String spelled = spelled(name, column.name);
                if (!column.kind.fits(type) && column.keyPlace == 0) {
                    execute(alter + " DROP COLUMN " + spelled);
                    execute(alter + " ADD COLUMN " + column.inTarget() + " " + column.kind.wide());
                    told.empty(name, column.name);
                } else if (isOfOtherCase(spelled, column.name)) {
                    execute(alter + " RENAME COLUMN " + spelled + " TO " + column.inTarget());
                }
            }
        }
    }

    private static boolean isOfOtherCase(String quotedOrNot, String name) {
        String plain = quotedOrNot.replace("\"", "");
        return plain.equalsIgnoreCase(name) && !plain.equals(name);
    }

    private void renameKey(DefinedTable table, String name, Map<String, String> columns, LoggedRows told)
            throws SQLException {
        List<List<String>> keys = query("SELECT a.attname FROM pg_index i JOIN pg_attribute a"
                + " ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indisprimary AND i.indrelid = '"
                + table.inTarget().replace("'", "''") + "'::regclass");
        List<SourceColumn> wanted = table.key();
        if (keys.size() == 1 && wanted.size() == 1) {
            String is = keys.get(0).get(0);
            SourceColumn key = wanted.get(0);
            if (!is.equalsIgnoreCase(key.name) && !columns.containsKey(key.name.toLowerCase(Locale.ROOT))) {
                execute("ALTER TABLE " + table.inTarget() + " RENAME COLUMN \"" + is + "\" TO " + key.inTarget());
                told.rename(name, is, key.name);
                columns.put(key.name.toLowerCase(Locale.ROOT), columns.remove(is));
            }
        }
    }

    /** Rows of tables, see {@link LoggedRows.Target}. */
    Map<String, List<Map<String, String>>> read(Collection<String> tables) throws SQLException {
        Map<String, List<Map<String, String>>> read = new TreeMap<>();
        for (String name : tables) {
            List<Map<String, String>> rows = new ArrayList<>();
            read.put(name, rows);
            Map<String, String> columns = columns(name);
            if (columns.isEmpty()) {
                continue;
            }
            List<String> selected = new ArrayList<>();
            for (Map.Entry<String, String> column : columns.entrySet()) {
                selected.add(ColumnKind.inTarget(spelled(name, column.getKey()), column.getValue()));
            }
            try (Statement statement = target.createStatement();
                    ResultSet found =
                            statement.executeQuery("SELECT " + String.join(", ", selected) + " FROM " + quoted(name))) {
                while (found.next()) {
                    Map<String, String> row = new LinkedHashMap<>();
                    int place = 0;
                    for (String column : columns.keySet()) {
                        row.put(column, found.getString(++place));
                    }
                    rows.add(row);
                }
            }
        }
        return read;
    }

    /** Names in lower case and types; none where there is no such table. */
    private Map<String, String> columns(String name) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        for (List<String> column : query("SELECT column_name, data_type FROM information_schema.columns WHERE "
                + named(name) + " ORDER BY ordinal_position")) {
            columns.put(column.get(0).toLowerCase(Locale.ROOT), column.get(1));
        }
        return columns;
    }

    /** As the target has it, for a statement. */
    private String spelled(String table, String column) throws SQLException {
        return query("SELECT quote_ident(column_name) FROM information_schema.columns WHERE " + named(table)
                        + " AND lower(column_name) = '"
                        + column.toLowerCase(Locale.ROOT).replace("'", "''") + "'")
                .get(0)
                .get(0);
    }

    private static String named(String table) {
        int dot = table.indexOf('.');
        return "table_schema = '" + table.substring(0, dot) + "' AND table_name = '"
                + table.substring(dot + 1).replace("'", "''") + "'";
    }

    private static String quoted(String table) {
        int dot = table.indexOf('.');
        return "\"" + table.substring(0, dot) + "\".\"" + table.substring(dot + 1) + "\"";
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<List<String>> query(String sql) throws SQLException {
        try (Statement statement = target.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            while (found.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                    row.add(found.getString(i));
                }
                rows.add(row);
            }
            return rows;
        }
    }
}
