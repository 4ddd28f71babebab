package com.pieclouddb.flink.internal.shuffle;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The hash of one key field: of its value in one canonical form, whatever its column's type.
 *
 * <p>A whole number is hashed as such, be it of an integer, a decimal or a floating point column; of other decimals the
 * digits count that matter, of other floating point numbers the value as a double, with one NaN; of dates and
 * timestamps whole microseconds. It is never finer than the server's equality: of text only ASCII letters and digits in
 * lower case and the bytes of other scripts count (forms of a uuid, blanks at the end of a CHAR and the case of citext
 * fall together) and not U+FFFD, which U+0000 may become on its way, of binary no zeros at the end. {@code
 * native/load/src/debezium/route/key.rs} promises the same of Debezium's records; a table's rows come in one of the two
 * forms, so the two hashes need not be equal.
 */
@FunctionalInterface
interface KeyHash extends Serializable {

    long DAY_MICROS = 86_400_000_000L;

    /** The hash of the field in a row. */
    int of(RowData row);

    /** The hash of a field of this type. A NULL has one too. */
    static KeyHash of(LogicalType type, int index) {
        KeyHash value = value(type, index);
        return row -> row.isNullAt(index) ? 0 : value.of(row);
    }

    private static KeyHash value(LogicalType type, int i) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return row -> row.getBoolean(i) ? 1 : 0;
            case TINYINT:
                return row -> Long.hashCode(row.getByte(i));
            case SMALLINT:
                return row -> Long.hashCode(row.getShort(i));
            case INTEGER:
            case INTERVAL_YEAR_MONTH:
                return row -> Long.hashCode(row.getInt(i));
            case BIGINT:
            case INTERVAL_DAY_TIME:
                return row -> Long.hashCode(row.getLong(i));
            case FLOAT:
                return row -> number(row.getFloat(i));
            case DOUBLE:
                return row -> number(row.getDouble(i));
            case DECIMAL:
                return decimal(LogicalTypeChecks.getPrecision(type), LogicalTypeChecks.getScale(type), i);
            case DATE:
                return row -> Long.hashCode(row.getInt(i) * DAY_MICROS);
            case TIME_WITHOUT_TIME_ZONE:
                return row -> row.getInt(i);
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return timestamp(LogicalTypeChecks.getPrecision(type), i);
            case CHAR:
            case VARCHAR:
                return row -> text(row.getString(i).toBytes());
            case BINARY:
            case VARBINARY:
                return row -> binary(row.getBinary(i));
            default:
                throw new IllegalArgumentException("no key hash for " + type);
        }
    }

    private static int number(double value) {
        long whole = (long) value;
        // Both zeros are one key. 2^63 is no long, though it is equal to the one that it is cast to.
        return whole == value && Math.abs(value) < 0x1p63 ? Long.hashCode(whole) : Double.hashCode(value);
    }

    private static KeyHash decimal(int precision, int scale, int i) {
        return row -> {
            DecimalData decimal = row.getDecimal(i, precision, scale);
            BigDecimal value =
                    decimal.toBigDecimal().setScale(scale, RoundingMode.HALF_UP).stripTrailingZeros();
            if (value.scale() > 0) {
                return value.hashCode();
            }
            BigInteger whole = value.toBigInteger();
            return whole.bitLength() < Long.SIZE ? Long.hashCode(whole.longValue()) : whole.hashCode();
        };
    }

    private static KeyHash timestamp(int precision, int i) {
        return row -> {
            TimestampData time = row.getTimestamp(i, precision);
            return Long.hashCode(time.getMillisecond() * 1000 + time.getNanoOfMillisecond() / 1000);
        };
    }

    private static int text(byte[] utf8) {
        int hash = 1;
        for (int k = 0; k < utf8.length; k++) {
            byte b = utf8[k];
            if (b == (byte) 0xEF && k + 2 < utf8.length && utf8[k + 1] == (byte) 0xBF && utf8[k + 2] == (byte) 0xBD) {
                k += 2;
                continue;
            }
            boolean upper = b >= 'A' && b <= 'Z';
            if (upper || b < 0 || b >= 'a' && b <= 'z' || b >= '0' && b <= '9') {
                hash = 31 * hash + (upper ? b + ('a' - 'A') : b);
            }
        }
        return hash;
    }

    private static int binary(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        int hash = 1;
        for (int k = 0; k < end; k++) {
            hash = 31 * hash + bytes[k];
        }
        return hash;
    }
}
