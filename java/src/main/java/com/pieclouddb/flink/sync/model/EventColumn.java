package com.pieclouddb.flink.sync.model;

import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * A column as the server described it in the log, in the table map event in front of rows.
 *
 * <p>Type, metadata and nullability are always told, the rest by the server's {@code binlog_row_metadata} only: what is
 * not told is null. Codes are those of the protocol.
 */
@Internal
public final class EventColumn {

    public static final int TINY = 1;
    static final int SHORT = 2;
    static final int LONG = 3;
    static final int FLOAT = 4;
    static final int DOUBLE = 5;
    static final int TIMESTAMP = 7;
    static final int LONGLONG = 8;
    static final int INT24 = 9;
    static final int DATE = 10;
    static final int TIME = 11;
    static final int DATETIME = 12;
    static final int YEAR = 13;
    static final int NEWDATE = 14;
    static final int VARCHAR = 15;
    static final int BIT = 16;
    static final int TIMESTAMP_V2 = 17;
    static final int DATETIME_V2 = 18;
    static final int TIME_V2 = 19;
    static final int JSON = 245;
    static final int NEWDECIMAL = 246;
    static final int ENUM = 247;
    static final int SET = 248;
    static final int BLOB = 252;
    static final int STRING = 254;
    static final int GEOMETRY = 255;

    private final int type;
    private final int metadata;
    private final boolean nullable;

    /** Null where the server does not tell. */
    Boolean unsigned;

    /** Null where the server does not tell. */
    String charset;

    /** Null where the server does not tell. */
    String name;

    /** Null where the server does not tell. */
    List<String> labels;

    public EventColumn(int type, int metadata, boolean nullable) {
        this.type = type;
        this.metadata = metadata;
        this.nullable = nullable;
    }

    boolean nullable() {
        return nullable;
    }

    public boolean is(int code) {
        return type == code;
    }

    boolean isDecimal(int precision, int scale) {
        return type == NEWDECIMAL && metadata == (precision | scale << 8);
    }

    boolean isBit(int bits) {
        return type == BIT && metadata == (bits % 8 | bits / 8 << 8);
    }

    /** The form of today with its digits of seconds, or that of MySQL before 5.6.4, which had none. */
    boolean isTime(int code, int before, int digits) {
        return type == code && metadata == digits || type == before && digits == 0;
    }

    /** CHAR or BINARY: the type that ENUM and SET hide behind too. */
    boolean isString() {
        return type == STRING && realType() == STRING;
    }

    boolean isEnum(int labelCount) {
        return type == STRING && realType() == ENUM && (metadata & 0xff) == (labelCount < 256 ? 1 : 2);
    }

    boolean isSet(int labelCount) {
        int bytes = (labelCount + 7) / 8;
        return type == STRING && realType() == SET && (metadata & 0xff) == (bytes > 4 ? 8 : bytes);
    }

    public boolean isBlob(int lengthBytes) {
        return type == BLOB && metadata == lengthBytes;
    }

    boolean isAnyEnum() {
        return type == STRING && realType() == ENUM;
    }

    boolean isAnySet() {
        return type == STRING && realType() == SET;
    }

    private boolean isEnumOrSet() {
        return isAnyEnum() || isAnySet();
    }

    /** Has a collation in the log, which of bytes is the binary one. */
    boolean isCharacter() {
        return isString() || type == VARCHAR || type == BLOB;
    }

    /** Has a sign in the log. */
    boolean isNumber() {
        return type == TINY
                || type == SHORT
                || type == INT24
                || type == LONG
                || type == LONGLONG
                || type == NEWDECIMAL
                || type == FLOAT
                || type == DOUBLE
                || type == YEAR;
    }

    /** The most bytes of a value of a string type. */
    int bytes() {
        if (type != STRING) {
            return metadata;
        }
        int high = metadata >> 8;
        // Two bits of a long CHAR's length are hidden in its type.
        return (metadata & 0xff) | ((high & 0x30) ^ 0x30) << 4;
    }

    /** Whether the server tells all of it that decides how values are read. */
    public boolean isTold() {
        return name != null
                && (charset != null || !isCharacter())
                && (unsigned != null || !isNumber() || type == YEAR)
                && (labels != null || !isEnumOrSet());
    }

    private int realType() {
        int high = metadata >> 8;
        return (high & 0x30) == 0x30 ? high : high | 0x30;
    }

    @Override
    public String toString() {
        return (name == null ? "" : name + " ") + "type " + type + (isEnumOrSet() ? "/" + realType() : "")
                + (metadata == 0 || isEnumOrSet() ? "" : "(" + (isString() ? bytes() : metadata) + ")")
                + (Boolean.TRUE.equals(unsigned) ? " unsigned" : "") + (charset == null ? "" : " " + charset)
                + (nullable ? "" : " NOT NULL");
    }
}
