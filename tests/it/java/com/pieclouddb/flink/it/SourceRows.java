package com.pieclouddb.flink.it;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes rows into any table of the source, with another value in each column, and reads them back as text that source
 * and target have in common.
 */
final class SourceRows {

    private final MariaDb source;

    SourceRows(MariaDb source) {
        this.source = source;
    }

    /** Columns of a table and what stands for a value of each; none for those of types that are not compared. */
    Map<String, String> columns(String database, String table) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        for (String row :
                source.query("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '"
                        + database + "' AND table_name = '" + table.replace("'", "''")
                        + "' AND generation_expression IS NULL ORDER BY ordinal_position")) {
            int bar = row.lastIndexOf('|');
            columns.put(row.substring(0, bar), row.substring(bar + 1).toLowerCase(Locale.ROOT));
        }
        return columns;
    }

    /** Inserts a row; what does not fit is made to fit by the server. */
    String insert(String database, String table, int number) throws SQLException {
        Map<String, String> values = new LinkedHashMap<>();
        int place = 0;
        for (Map.Entry<String, String> column : columns(database, table).entrySet()) {
            String value = column.getKey().equalsIgnoreCase("id")
                    ? String.valueOf(number)
                    : value(column.getValue(), ++place, number);
            if (value != null) {
                values.put("`" + column.getKey().replace("`", "``") + "`", value);
            }
        }
        return "INSERT IGNORE INTO `" + table.replace("`", "``") + "` (" + String.join(", ", values.keySet())
                + ") VALUES (" + String.join(", ", values.values()) + ")";
    }

    private static String value(String type, int place, int number) {
        int small = 10 + (place * 7 + number) % 80;
        switch (type) {
            case "tinyint":
            case "smallint":
            case "mediumint":
            case "int":
            case "bigint":
                return String.valueOf(small);
            case "decimal":
            case "float":
            case "double":
                return small + ".5";
            case "char":
            case "varchar":
            case "tinytext":
            case "text":
            case "mediumtext":
            case "longtext":
                return "'é" + small + "'";
            case "enum":
            case "set":
                return "1";
            case "date":
                return "'2020-01-" + (10 + small % 18) + "'";
            case "datetime":
                return "'2020-01-" + (10 + small % 18) + " 01:02:03'";
            case "year":
                return String.valueOf(2000 + small);
            case "binary":
            case "varbinary":
            case "tinyblob":
            case "blob":
            case "mediumblob":
            case "longblob":
                return "'b" + small + "'";
            default:
                return null;
        }
    }

    /** Of the rows that were inserted, each column by its name in lower case. */
    List<Map<String, String>> read(String database, String table, int from) throws SQLException {
        Map<String, String> columns = columns(database, table);
        columns.values().removeIf(type -> value(type, 1, 1) == null);
        String selected = columns.entrySet().stream()
                .map(column -> {
                    String name = "`" + column.getKey().replace("`", "``") + "`";
                    return "COALESCE("
                            + (column.getValue().matches(".*(blob|binary)")
                                    ? "HEX(" + name + ")"
                                    : "CAST(" + name + " AS CHAR)")
                            + ", 'NULL')";
                })
                .collect(Collectors.joining(", '\\n', "));
        List<Map<String, String>> rows = new ArrayList<>();
        for (String row : source.query("SELECT CONCAT(" + selected + ") FROM `" + database + "`.`"
                + table.replace("`", "``") + "` WHERE id >= " + from + " ORDER BY id")) {
            rows.add(named(columns.keySet(), row.split("\n", -1)));
        }
        return rows;
    }

    /** The same of the target. */
    static List<Map<String, String>> readTarget(Postgres target, String schema, String table, int from)
            throws SQLException {
        List<String> names = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (String row :
                target.query("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '"
                        + schema + "' AND table_name = '" + table.replace("'", "''") + "' ORDER BY ordinal_position")) {
            int bar = row.lastIndexOf('|');
            String name = "\"" + row.substring(0, bar).replace("\"", "\"\"") + "\"";
            names.add(row.substring(0, bar));
            texts.add("coalesce(" + (row.endsWith("|bytea") ? "upper(encode(" + name + ", 'hex'))" : name + "::text")
                    + ", 'NULL')");
        }
        List<Map<String, String>> rows = new ArrayList<>();
        if (names.stream().anyMatch(name -> name.equalsIgnoreCase("id"))) {
            for (String row : target.query("SELECT " + String.join(" || E'\\n' || ", texts) + " FROM \"" + schema
                    + "\".\"" + table.replace("\"", "\"\"") + "\" WHERE id >= " + from + " ORDER BY id")) {
                rows.add(named(names, row.split("\n", -1)));
            }
        }
        return rows;
    }

    private static Map<String, String> named(Iterable<String> names, String[] values) {
        Map<String, String> row = new LinkedHashMap<>();
        int i = 0;
        for (String name : names) {
            row.put(name.toLowerCase(Locale.ROOT), values[i++]);
        }
        return row;
    }
}
