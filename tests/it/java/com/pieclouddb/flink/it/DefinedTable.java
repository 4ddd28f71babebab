package com.pieclouddb.flink.it;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A table of the source at one moment: its columns and its rows, each by its key, with the texts of its values. */
final class DefinedTable {

    final String database;
    final String name;
    final List<SourceColumn> columns = new ArrayList<>();

    /** By their keys; of a table without a key by all that they are. */
    final Map<String, Map<String, String>> rows = new TreeMap<>();

    DefinedTable(String database, String name) {
        this.database = database;
        this.name = name;
    }

    String quoted() {
        return quoted(database) + "." + quoted(name);
    }

    /** The target's. */
    String inTarget() {
        return "\"" + database + "\".\"" + name.replace("\"", "\"\"") + "\"";
    }

    List<SourceColumn> key() {
        return columns.stream()
                .filter(column -> column.keyPlace > 0)
                .sorted(Comparator.comparingInt(column -> column.keyPlace))
                .collect(Collectors.toList());
    }

    String select() {
        return "SELECT "
                + columns.stream()
                        .map(column -> column.kind.inSource(column.quoted()))
                        .collect(Collectors.joining(", "))
                + " FROM " + quoted();
    }

    void add(List<String> answered) {
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            row.put(columns.get(i).name.toLowerCase(Locale.ROOT), columns.get(i).common(answered.get(i)));
        }
        List<SourceColumn> key = key();
        rows.put(
                key.isEmpty()
                        ? row.toString()
                        : key.stream()
                                .map(column -> row.get(column.name.toLowerCase(Locale.ROOT)))
                                .collect(Collectors.joining("|")),
                row);
    }

    /** What does not fit is made to fit by the server, or left out. */
    String insert(int number) {
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).isWritten()) {
                names.add(columns.get(i).quoted());
                values.add(columns.get(i).value(i, number));
            }
        }
        return "INSERT IGNORE INTO " + quoted() + " (" + String.join(", ", names) + ") VALUES ("
                + String.join(", ", values) + ")";
    }

    /** Gives a row the values of another number; null where there is nothing to change. */
    String update(int number, int other) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            SourceColumn column = columns.get(i);
            if (column.isWritten() && column.keyPlace == 0) {
                values.add(column.quoted() + " = " + column.value(i, other));
            }
        }
        return values.isEmpty() || key().isEmpty()
                ? null
                : "UPDATE IGNORE " + quoted() + " SET " + String.join(", ", values) + where(number);
    }

    String delete(int number) {
        return key().isEmpty() ? null : "DELETE IGNORE FROM " + quoted() + where(number);
    }

    private String where(int number) {
        SourceColumn first = key().get(0);
        return " WHERE " + first.quoted() + " = " + first.value(0, number);
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }
}
