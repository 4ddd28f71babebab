package com.pieclouddb.flink.sync.model;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.annotation.Internal;

/**
 * A column as the parser of Flink CDC understood it, and what the server writes into its log for such a column.
 *
 * <p>It knows the types of MySQL and MariaDB that the parser knows; of any other it expects nothing, so that it never
 * fits.
 */
@Internal
public final class ModelColumn {

    /** Different names of one charset. */
    static final Set<String> UTF8 = Set.of("utf8", "utf8mb3", "utf8mb4");

    /** Bytes of a letter, for the charsets where that is not one; as the server counts lengths. */
    private static final Map<String, Integer> LETTER_BYTES = Map.ofEntries(
            Map.entry("utf8", 3),
            Map.entry("utf8mb3", 3),
            Map.entry("utf8mb4", 4),
            Map.entry("ucs2", 2),
            Map.entry("utf16", 4),
            Map.entry("utf16le", 4),
            Map.entry("utf32", 4),
            Map.entry("gbk", 2),
            Map.entry("gb2312", 2),
            Map.entry("gb18030", 4),
            Map.entry("big5", 2),
            Map.entry("sjis", 2),
            Map.entry("cp932", 2),
            Map.entry("euckr", 2),
            Map.entry("ujis", 3),
            Map.entry("eucjpms", 3));

    /** Names of one type. */
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("INT1", "TINYINT"),
            Map.entry("INT2", "SMALLINT"),
            Map.entry("INT3", "MEDIUMINT"),
            Map.entry("MIDDLEINT", "MEDIUMINT"),
            Map.entry("INT4", "INT"),
            Map.entry("INTEGER", "INT"),
            Map.entry("INT8", "BIGINT"),
            Map.entry("SERIAL", "BIGINT"),
            Map.entry("DEC", "DECIMAL"),
            Map.entry("FIXED", "DECIMAL"),
            Map.entry("NUMERIC", "DECIMAL"),
            Map.entry("FLOAT4", "FLOAT"),
            Map.entry("FLOAT8", "DOUBLE"),
            Map.entry("REAL", "DOUBLE"),
            Map.entry("DOUBLE PRECISION", "DOUBLE"),
            Map.entry("CHARACTER", "CHAR"),
            Map.entry("NCHAR", "CHAR"),
            Map.entry("NATIONAL CHARACTER", "CHAR"),
            Map.entry("NATIONAL CHAR", "CHAR"),
            Map.entry("CHARACTER VARYING", "VARCHAR"),
            Map.entry("CHAR VARYING", "VARCHAR"),
            Map.entry("NVARCHAR", "VARCHAR"),
            Map.entry("NCHAR VARCHAR", "VARCHAR"),
            Map.entry("NATIONAL VARCHAR", "VARCHAR"),
            Map.entry("NATIONAL CHARACTER VARYING", "VARCHAR"),
            Map.entry("NATIONAL CHAR VARYING", "VARCHAR"),
            Map.entry("TINYTEXT", "TEXT"),
            Map.entry("MEDIUMTEXT", "TEXT"),
            Map.entry("LONGTEXT", "TEXT"),
            Map.entry("LONG", "TEXT"),
            Map.entry("LONG VARCHAR", "TEXT"),
            Map.entry("TINYBLOB", "BLOB"),
            Map.entry("MEDIUMBLOB", "BLOB"),
            Map.entry("LONGBLOB", "BLOB"),
            Map.entry("LONG VARBINARY", "BLOB"),
            Map.entry("GEOMCOLLECTION", "GEOMETRYCOLLECTION"));

    private static final Set<String> WHOLE_NUMBERS = Set.of("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT");

    private final String name;
    private final String type;
    private final int length;
    private final int scale;
    private final boolean nullable;
    private final String charset;
    private final List<String> labels;

    /**
     * One column.
     *
     * @param type the words before the length, and those behind it
     * @param length below zero for none
     * @param scale below zero for none
     * @param charset null where the parser knows none; such bytes are read as UTF-8
     * @param labels of ENUM and SET, in quotes
     */
    public ModelColumn(
            String name, String type, int length, int scale, boolean nullable, String charset, List<String> labels) {
        this.name = name;
        this.type = type.toUpperCase(Locale.ROOT);
        this.length = length;
        this.scale = scale;
        this.nullable = nullable;
        this.charset = charset == null ? null : charset.toLowerCase(Locale.ROOT);
        this.labels = labels;
    }

    public String name() {
        return name;
    }

    boolean nullable() {
        return nullable;
    }

    /** Null where the parser knows none. */
    String charset() {
        return charset;
    }

    List<String> labels() {
        return labels;
    }

    /**
     * In what values of a column would be misread by this definition of it.
     *
     * @param real as the server has it
     * @param exactly whether upper and lower case of its name count
     * @return null for no difference
     */
    public String differenceFrom(ModelColumn real, boolean exactly) {
        if (!(exactly ? name.equals(real.name) : name.equalsIgnoreCase(real.name))) {
            return "is called '" + real.name + "' there";
        }
        // With rows that are text it is respelled.
        boolean isText = isJson() && real.isLetters() && real.isUtf8();
        if (!isText && !reading().equals(real.reading())) {
            return "is of another type there";
        }
        if (real.nullable && !nullable) {
            return "takes NULL there only";
        }
        if (!Labels.read(labels).equals(Labels.read(real.labels))) {
            return "has other labels there";
        }
        return isLetters() && !sameCharset(real) ? "has another charset there" : null;
    }

    private boolean sameCharset(ModelColumn real) {
        return Objects.equals(charset, real.charset) || isUtf8() && real.isUtf8();
    }

    private boolean isUtf8() {
        return charset == null || UTF8.contains(charset);
    }

    private boolean isLetters() {
        String of = TYPES.getOrDefault(words(), words());
        return of.equals("CHAR") || of.equals("VARCHAR") || of.equals("TEXT");
    }

    /** All of the type that decides how a value is read. */
    private String reading() {
        String of = TYPES.getOrDefault(words(), words());
        String sign = isNumber(of) && unsigned() ? " UNSIGNED" : "";
        switch (of) {
            case "BOOL":
            case "BOOLEAN":
                return "TINYINT(1)";
            case "TINYINT":
                return of + (length == 1 ? "(1)" : "") + sign;
            case "DECIMAL":
                return of + "(" + (length < 0 ? 10 : length) + "," + Math.max(scale, 0) + ")";
            case "FLOAT":
                return scale < 0 && length > 24 ? "DOUBLE" : of;
            case "BIT":
            case "CHAR":
            case "BINARY":
                return of + "(" + (length < 0 ? 1 : length) + ")";
            case "VARCHAR":
            case "VARBINARY":
                return of + "(" + length + ")";
            case "TIME":
            case "DATETIME":
            case "TIMESTAMP":
                return of + "(" + Math.max(length, 0) + ")";
            default:
                return of + sign;
        }
    }

    private static boolean isNumber(String type) {
        return WHOLE_NUMBERS.contains(type);
    }

    /** A number that has no sign: the server takes it from any column with leading zeros too. */
    boolean unsigned() {
        return type.contains("UNSIGNED") || type.contains("ZEROFILL");
    }

    public boolean isBoolean() {
        return type.equals("BOOL") || type.equals("BOOLEAN");
    }

    public boolean isJson() {
        return type.equals("JSON");
    }

    /** Of bytes rather than of letters. */
    boolean isBytes() {
        return type.contains("BLOB") || type.contains("VARBINARY") || type.equals("BINARY");
    }

    /** Whether a column of the log is of this type. */
    boolean fits(EventColumn event) {
        switch (words()) {
            case "TINYINT":
            case "INT1":
            case "BOOL":
            case "BOOLEAN":
                return event.is(EventColumn.TINY);
            case "SMALLINT":
            case "INT2":
                return event.is(EventColumn.SHORT);
            case "MEDIUMINT":
            case "INT3":
            case "MIDDLEINT":
                return event.is(EventColumn.INT24);
            case "INT":
            case "INTEGER":
            case "INT4":
                return event.is(EventColumn.LONG);
            case "BIGINT":
            case "INT8":
            case "SERIAL":
                return event.is(EventColumn.LONGLONG);
            case "FLOAT":
            case "FLOAT4":
                return event.is(scale < 0 && length > 24 ? EventColumn.DOUBLE : EventColumn.FLOAT);
            case "DOUBLE":
            case "DOUBLE PRECISION":
            case "FLOAT8":
            case "REAL":
                return event.is(EventColumn.DOUBLE);
            case "DECIMAL":
            case "DEC":
            case "FIXED":
            case "NUMERIC":
                return event.isDecimal(length < 0 ? 10 : length, Math.max(scale, 0));
            case "BIT":
                return event.isBit(length < 0 ? 1 : length);
            case "DATE":
                return event.is(EventColumn.DATE) || event.is(EventColumn.NEWDATE);
            case "YEAR":
                return event.is(EventColumn.YEAR);
            case "TIME":
                return event.isTime(EventColumn.TIME_V2, EventColumn.TIME, Math.max(length, 0));
            case "DATETIME":
                return event.isTime(EventColumn.DATETIME_V2, EventColumn.DATETIME, Math.max(length, 0));
            case "TIMESTAMP":
                return event.isTime(EventColumn.TIMESTAMP_V2, EventColumn.TIMESTAMP, Math.max(length, 0));
            case "ENUM":
                return event.isEnum(labels.size());
            case "SET":
                return event.isSet(labels.size());
            default:
                return fitsBytes(event);
        }
    }

    private boolean fitsBytes(EventColumn event) {
        switch (words()) {
            case "CHAR":
            case "CHARACTER":
            case "NCHAR":
            case "NATIONAL CHARACTER":
            case "NATIONAL CHAR":
                return event.isString() && isLetters(event.bytes(), length < 0 ? 1 : length);
            case "BINARY":
                return event.isString() && event.bytes() == (length < 0 ? 1 : length);
            case "VARCHAR":
            case "CHARACTER VARYING":
            case "CHAR VARYING":
            case "NVARCHAR":
            case "NCHAR VARCHAR":
            case "NATIONAL VARCHAR":
            case "NATIONAL CHARACTER VARYING":
            case "NATIONAL CHAR VARYING":
                return event.is(EventColumn.VARCHAR) && isLetters(event.bytes(), length);
            case "VARBINARY":
                return event.is(EventColumn.VARCHAR) && event.bytes() == length;
            case "TINYTEXT":
            case "TINYBLOB":
                return event.isBlob(1);
            // With a length the server takes the smallest type that has room for it.
            case "TEXT":
            case "BLOB":
                return length < 0 ? event.isBlob(2) : event.is(EventColumn.BLOB);
            case "MEDIUMTEXT":
            case "MEDIUMBLOB":
            case "LONG":
            case "LONG VARCHAR":
            case "LONG VARBINARY":
                return event.isBlob(3);
            case "LONGTEXT":
            case "LONGBLOB":
                return event.isBlob(4);
            case "JSON":
                // MariaDB has no such type: there it is a text.
                return event.is(EventColumn.JSON) || event.isBlob(4);
            case "GEOMETRY":
            case "POINT":
            case "LINESTRING":
            case "POLYGON":
            case "MULTIPOINT":
            case "MULTILINESTRING":
            case "MULTIPOLYGON":
            case "GEOMETRYCOLLECTION":
            case "GEOMCOLLECTION":
                return event.is(EventColumn.GEOMETRY);
            default:
                return false;
        }
    }

    /** Lengths tell charsets apart: a letter takes as many bytes as its charset's longest one. */
    private boolean isLetters(int bytes, int letters) {
        if (charset == null) {
            return bytes == letters * 3 || bytes == letters * 4;
        }
        return bytes == letters * LETTER_BYTES.getOrDefault(charset, 1);
    }

    /** The type without what does not change how a value is written. */
    private String words() {
        return type.replaceAll(" (UNSIGNED|SIGNED|ZEROFILL|BINARY)\\b", "");
    }

    @Override
    public String toString() {
        return name + " " + type + (length < 0 ? "" : "(" + length + (scale < 0 ? "" : "," + scale) + ")")
                + (charset == null ? "" : " " + charset) + (nullable ? "" : " NOT NULL");
    }
}
