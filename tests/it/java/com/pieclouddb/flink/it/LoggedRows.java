package com.pieclouddb.flink.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the log tells of the rows of one database of the source, and of the one beside it whose name ends with x: each
 * row as it was when a statement changed it.
 *
 * <p>It looks at the source around each statement. Rows that a definition changes are not in the log: there it forgets
 * what it saw before. It keeps every moment, so that a target which stopped can be compared with all of them.
 */
final class LoggedRows {

    /** Of a table whose rows the server has thrown away. */
    private static final int WITHOUT_TABLESPACE = 1814;

    private final Connection source;
    private final String database;
    private Map<String, DefinedTable> now = new LinkedHashMap<>();

    /** By the target's tables and by keys. */
    private final Map<String, Map<String, Row>> told = new TreeMap<>();

    private final List<Map<String, Map<String, Row>>> moments = new ArrayList<>();

    /** Columns of the target that were made anew, and up to which moment rows have no value there. */
    private final Map<String, Integer> emptied = new HashMap<>();

    /** Columns of the target that got another name, by the one from before. */
    private final Map<String, String> renamed = new HashMap<>();

    /**
     * Of one database.
     *
     * @param source a session whose time zone is UTC
     */
    LoggedRows(Connection source, String database) {
        this.source = source;
        this.database = database;
    }

    /** The tables of now. */
    Collection<DefinedTable> tables() {
        return now.values();
    }

    /** Looks at the source behind a statement of which the log tells no rows. */
    void look() throws SQLException {
        now = read();
    }

    /**
     * Looks at the source behind a statement whose rows are in the log.
     *
     * @param only the table whose rows are; null for all
     */
    void hear(String only) throws SQLException {
        Map<String, DefinedTable> before = now;
        look();
        Set<String> tables = new HashSet<>(before.keySet());
        tables.addAll(now.keySet());
        for (String name : tables) {
            DefinedTable table = now.get(name);
            if (table == null || only != null && !table.name.equals(only)) {
                continue;
            }
            Map<String, Map<String, String>> old = before.containsKey(name) ? before.get(name).rows : Map.of();
            Map<String, Row> rows = told.computeIfAbsent(name, any -> new TreeMap<>());
            table.rows.forEach((key, row) -> {
                if (!row.equals(old.get(key))) {
                    rows.put(key, new Row(row, moments.size()));
                }
            });
            old.keySet().stream().filter(key -> !table.rows.containsKey(key)).forEach(rows::remove);
        }
        Map<String, Map<String, Row>> moment = new TreeMap<>();
        told.forEach((table, rows) -> moment.put(table, new TreeMap<>(rows)));
        moments.add(moment);
    }

    /** The target's column was made anew: rows that were told before have no value there. */
    void empty(String table, String column) {
        emptied.put(table + " " + column.toLowerCase(Locale.ROOT), moments.size());
    }

    void rename(String table, String from, String to) {
        renamed.put(table + " " + from.toLowerCase(Locale.ROOT), to.toLowerCase(Locale.ROOT));
    }

    /** What is wrong with a target that has followed all; null for nothing. */
    String difference(Target target) throws SQLException {
        return moments.isEmpty() ? null : difference(target.read(told.keySet()), moments.get(moments.size() - 1));
    }

    /** The same of one that stopped: it has what there was at some moment. */
    String differenceFromAll(Target target) throws SQLException {
        Map<String, List<Map<String, String>>> found = target.read(told.keySet());
        String difference = found.values().stream().allMatch(List::isEmpty) ? null : "no moment";
        for (int i = moments.size() - 1; i >= 0 && difference != null; i--) {
            String of = difference(found, moments.get(i));
            difference = of == null ? null : difference.equals("no moment") ? of : difference;
        }
        return difference;
    }

    /** The same of one that has nothing of some tables, and has followed all others. */
    String differenceFromOthers(Target target) throws SQLException {
        Map<String, List<Map<String, String>>> found = target.read(told.keySet());
        found.values().removeIf(List::isEmpty);
        return difference(found, moments.get(moments.size() - 1));
    }

    /** Whether the target has nothing of a table of which rows were told. */
    boolean lacksATable(Target target) throws SQLException {
        Map<String, List<Map<String, String>>> found = target.read(told.keySet());
        return told.entrySet().stream()
                .anyMatch(table ->
                        !table.getValue().isEmpty() && found.get(table.getKey()).isEmpty());
    }

    private String difference(Map<String, List<Map<String, String>>> found, Map<String, Map<String, Row>> moment) {
        for (String table : found.keySet()) {
            Collection<Row> rows = moment.getOrDefault(table, Map.of()).values();
            List<Map<String, String>> left = new ArrayList<>(found.get(table));
            for (Row row : rows) {
                Map<String, String> is = left.stream()
                        .filter(one -> difference(table, row, one) == null)
                        .findFirst()
                        .orElse(null);
                if (is == null) {
                    return table + ": no row " + row.values + " among " + found.get(table);
                }
                left.remove(is);
            }
            if (!left.isEmpty()) {
                return table + ": no such rows: " + left;
            }
        }
        return null;
    }

    private String difference(String table, Row row, Map<String, String> found) {
        Map<String, String> values = new HashMap<>();
        row.values.forEach((column, value) -> {
            String name = renamed.getOrDefault(table + " " + column, column);
            boolean isEmptied = emptied.getOrDefault(table + " " + name, -1) > row.moment;
            values.put(name, isEmptied ? null : value);
        });
        return found.entrySet().stream()
                .filter(column -> !Objects.equals(column.getValue(), values.get(column.getKey())))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private Map<String, DefinedTable> read() throws SQLException {
        Map<String, DefinedTable> tables = new LinkedHashMap<>();
        try (Statement statement = source.createStatement()) {
            for (String schema : List.of(database, database + "x")) {
                // Constants alone keep the catalog from opening the tables of all databases.
                String where = " WHERE table_schema = '" + schema + "'";
                try (ResultSet names = statement.executeQuery("SELECT table_name FROM information_schema.tables" + where
                        + " AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1")) {
                    while (names.next()) {
                        tables.put(schema + "." + names.getString(1), new DefinedTable(schema, names.getString(1)));
                    }
                }
                try (ResultSet columns = statement.executeQuery(
                        "SELECT table_name, column_name, data_type, column_type, is_nullable = 'YES',"
                                + " generation_expression IS NOT NULL, if(column_key = 'PRI', ordinal_position, 0)"
                                + " FROM information_schema.columns" + where + " ORDER BY 1, ordinal_position")) {
                    while (columns.next()) {
                        DefinedTable table = tables.get(schema + "." + columns.getString(1));
                        if (table != null) {
                            table.columns.add(new SourceColumn(
                                    columns.getString(2),
                                    columns.getString(3),
                                    columns.getString(4),
                                    columns.getBoolean(5),
                                    columns.getBoolean(6),
                                    columns.getInt(7)));
                        }
                    }
                }
            }
            for (DefinedTable table : List.copyOf(tables.values())) {
                try (ResultSet rows = statement.executeQuery(table.select())) {
                    while (rows.next()) {
                        List<String> row = new ArrayList<>();
                        for (int i = 1; i <= table.columns.size(); i++) {
                            row.add(rows.getString(i));
                        }
                        table.add(row);
                    }
                } catch (SQLException e) {
                    if (e.getErrorCode() != WITHOUT_TABLESPACE) {
                        throw e;
                    }
                    tables.remove(table.database + "." + table.name);
                }
            }
        }
        return tables;
    }

    /** A row as it was told. */
    private static final class Row {
        private final Map<String, String> values;
        private final int moment;

        private Row(Map<String, String> values, int moment) {
            this.values = values;
            this.moment = moment;
        }
    }

    /** Reads tables of the target, each row by its columns' names in lower case; none for a table that is not there. */
    @FunctionalInterface
    interface Target {
        Map<String, List<Map<String, String>>> read(Collection<String> tables) throws SQLException;
    }
}
