package com.pieclouddb.flink.it;

import com.pieclouddb.flink.SourceTable;

/**
 * How a cell is asked for and told so that both servers say the same, as
 * {@code native/load/tests/parallel/debezium_live.rs} does it: text and bytes in hexadecimal, floats as numbers,
 * fractions of a second without zeros behind them, MariaDB's internal geometry (SRID, WKB) as EWKB.
 */
final class LiveCells {

    private LiveCells() {}

    /** A column of the target as an expression of text. */
    static String asked(SourceTable.Column column, String targetType) {
        String name = "\"" + column.name().replace("\"", "\"\"") + "\"";
        switch (targetType) {
            case "text":
            case "varchar":
                return "encode(convert_to(" + name + ", 'UTF8'), 'hex')";
            case "bytea":
                return "encode(" + name + ", 'hex')";
            case "bool":
                return name + "::int::text";
            case "float4":
                return name + "::float8::text";
            case "timestamptz":
                return "(" + name + " AT TIME ZONE 'UTC')::text";
            default:
                return name + "::text";
        }
    }

    static String told(String cell, SourceTable.Column column) {
        if (cell == null || cell.equals("\\N") || cell.equals("NULL")) {
            return "NULL";
        }
        switch (column.type().split("[( ]")[0]) {
            case "float":
            case "double":
                return String.valueOf(Double.parseDouble(cell));
            case "time":
            case "datetime":
            case "timestamp":
                return cell.contains(".") ? cell.replaceAll("0+$", "").replaceAll("\\.$", "") : cell;
            case "geometry":
            case "point":
            case "linestring":
            case "polygon":
            case "multipoint":
            case "multilinestring":
            case "multipolygon":
            case "geometrycollection":
                return ewkb(cell);
            default:
                return cell;
        }
    }

    private static String ewkb(String cell) {
        if (cell.length() < 18 || !cell.startsWith("01", 8)) {
            return cell;
        }
        String srid = cell.startsWith("00000000") ? "" : cell.substring(0, 8);
        return cell.substring(8, 16) + (srid.isEmpty() ? "00" : "20") + srid + cell.substring(18);
    }

    /** What a column is declared as where the sink's own choice would not take what the capture brings. */
    static String declared(SourceTable.Column column, boolean interval) {
        String[] parts = column.type().split("[()]");
        String digits = parts.length > 1 ? "(" + parts[1] + ")" : "(0)";
        switch (parts[0]) {
            case "int":
                return "integer";
            case "bigint":
                return "numeric(20,0)";
            case "decimal":
                return "numeric" + digits;
            case "float":
                return "real";
            case "year":
                return "integer";
            case "date":
                return "date";
            case "time":
                return interval ? "interval" : "time" + digits;
            case "datetime":
                // The capture's column says less than its values have.
                return "timestamp(6)";
            case "timestamp":
                return "timestamptz" + digits;
            default:
                return "text";
        }
    }
}
