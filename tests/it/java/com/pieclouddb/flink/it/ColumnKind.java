package com.pieclouddb.flink.it;

import java.util.Locale;

/**
 * How values of a column of the source are compared with those of the target: as one text of both.
 *
 * <p>Each kind has a type of the target that takes all of the source's types of that kind, so that a column may be
 * altered without its target. Numbers are decimal digits, bytes and bits hexadecimal ones, points in time UTC without
 * zeros at the end of the fraction, shapes their WKB. Dates that no calendar has are what docs/types.md says.
 */
enum ColumnKind {
    NUMBER("numeric", "%s + 0"),
    REAL("double precision", "%s + 0"),
    LETTERS("text", "CONVERT(%s USING utf8mb4)"),
    BYTES("bytea", "HEX(%s)"),
    TRUTH("boolean", "%s + 0"),
    BITS("bytea", "HEX(%s + 0)"),
    DATE("date", "CAST(%s AS CHAR)"),
    TIME("time", "CAST(%s AS CHAR)"),
    DATETIME("timestamp", "CAST(%s AS CHAR)"),
    INSTANT("timestamptz", "CAST(%s AS CHAR)"),
    SHAPE("bytea", "HEX(ST_AsWKB(%s))");

    private final String wide;
    private final String source;

    ColumnKind(String wide, String source) {
        this.wide = wide;
        this.source = source;
    }

    /** Of a column with such a type. */
    static ColumnKind of(String type, String wholeType) {
        switch (type.toLowerCase(Locale.ROOT)) {
            case "float":
            case "double":
                return REAL;
            case "bit":
                return wholeType.equalsIgnoreCase("bit(1)") ? TRUTH : BITS;
            case "date":
                return DATE;
            case "time":
                return TIME;
            case "datetime":
                return DATETIME;
            case "timestamp":
                return INSTANT;
            case "binary":
            case "varbinary":
            case "tinyblob":
            case "blob":
            case "mediumblob":
            case "longblob":
                return BYTES;
            case "char":
            case "varchar":
            case "tinytext":
            case "text":
            case "mediumtext":
            case "longtext":
            case "enum":
            case "set":
            case "uuid":
            case "inet4":
            case "inet6":
                return LETTERS;
            case "geometry":
            case "point":
            case "multipolygon":
            case "geometrycollection":
                return SHAPE;
            default:
                return NUMBER;
        }
    }

    /** The target's type. */
    String wide() {
        return wide;
    }

    /** What the source is asked for. */
    String inSource(String quoted) {
        return String.format(source, quoted);
    }

    /** What the target is asked for, by the type that it has. */
    static String inTarget(String quoted, String type) {
        switch (type) {
            case "bytea":
                return "upper(encode(" + quoted + ", 'hex'))";
            case "boolean":
                return quoted + "::int::text";
            case "timestamp with time zone":
                return "(" + quoted + " AT TIME ZONE 'UTC')::text";
            default:
                return quoted + "::text";
        }
    }

    /** Whether a target's type takes what the wide one takes, for the values of these tests. */
    boolean fits(String type) {
        switch (type) {
            case "smallint":
            case "integer":
            case "bigint":
            case "numeric":
                return this == NUMBER;
            case "real":
            case "double precision":
                return this == REAL;
            case "text":
            case "character varying":
                return this == LETTERS;
            case "timestamp without time zone":
                return this == DATETIME;
            case "timestamp with time zone":
                return this == INSTANT;
            case "time without time zone":
                return this == TIME;
            default:
                return type.equals(wide);
        }
    }

    /** The text that both have, of what the source answered. */
    String common(String answered, int bits) {
        if (answered == null) {
            return null;
        }
        switch (this) {
            case DATE:
            case DATETIME:
                return answered.matches("....-(00-..|..-00).*") ? null : withoutZeros(answered);
            case INSTANT:
                return answered.startsWith("0000-00-00") ? "1970-01-01 00:00:00" : withoutZeros(answered);
            case TIME:
                return withoutZeros(answered);
            case BITS: {
                int digits = (bits + 7) / 8 * 2;
                return "0".repeat(Math.max(0, digits - answered.length())) + answered;
            }
            default:
                return answered;
        }
    }

    private static String withoutZeros(String time) {
        return time.contains(".") ? time.replaceAll("\\.?0+$", "") : time;
    }
}
