package com.pieclouddb.flink.internal;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.util.MathUtils;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;

import java.io.Serializable;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Optional;

/**
 * Maps every key to one of 128 slots, which never depend on the parallelism; a writer owns a range of them.
 *
 * <p>Promises that keys which the server may hold for equal share a slot, so the slot looks at less than the stored
 * value: of text only ASCII letters and digits in lower case and the bytes of other scripts (forms of a uuid, blanks
 * at the end of a CHAR and the case of citext fall together), of floating point numbers one zero and one NaN, of
 * timestamps whole microseconds, of decimals the value at the column's scale. The RowKind is no part of it, nor is the
 * width of a number, a text or a timestamp: a key keeps its slot when its column is widened. The reverse is not promised:
 * unequal keys share slots, and keys of punctuation alone share one.
 *
 * <p>It is no {@code partitionCustom}: Flink takes no unaligned checkpoints behind a custom partitioner. Instead each
 * slot has a number whose key group, at Flink's usual 128 key groups, is the slot.
 */
final class KeySlots implements Serializable {

    static final int COUNT = 128;

    private static final long serialVersionUID = 1L;

    private static final Integer[] GROUP_KEYS = groupKeys();

    private final FieldHash[] fields;
    private final int seed;

    /**
     * The slots of one table's keys.
     *
     * @param key indexes of the key columns
     * @param seed a table's own, so that equal keys of many tables do not share one slot
     */
    KeySlots(RowType rowType, int[] key, int seed) {
        this.seed = seed;
        fields = Arrays.stream(key)
                .mapToObj(index -> fieldHash(rowType.getTypeAt(index), index))
                .toArray(FieldHash[]::new);
    }

    /** The slot of a row's key. A NULL is as good as any value here; the native half refuses it in a key. */
    int slot(RowData row) {
        int hash = seed;
        for (FieldHash field : fields) {
            hash = 31 * hash + field.of(row);
        }
        return MathUtils.murmurHash(hash) & (COUNT - 1);
    }

    /** The slot of a key that somebody else has hashed, with a seed as above. */
    static int slot(long hash, int seed) {
        return MathUtils.murmurHash(31 * seed + Long.hashCode(hash)) & (COUNT - 1);
    }

    /** Why a sink cannot have the parallelism that its options ask for, if slots matter to it. */
    static Optional<String> parallelismProblem(SinkSettings settings, boolean routesByKey) {
        return settings.find(PieCloudDBOptions.SINK_PARALLELISM)
                .flatMap(parallelism -> parallelismProblem(parallelism, settings, routesByKey))
                .map(problem -> "'sink.parallelism' = " + problem);
    }

    /** The same of a sink that runs: its state, with exactly-once, is also kept by slots. */
    static Optional<String> parallelismProblem(int parallelism, SinkSettings settings, boolean routesByKey) {
        boolean exactlyOnce =
                settings.get(PieCloudDBOptions.DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE;
        if (parallelism <= COUNT || !routesByKey && !exactlyOnce) {
            return Optional.empty();
        }
        return Optional.of(parallelism + " is too much for "
                + (routesByKey ? "'load_mode' = 'merge', whose keys have "
                        : "'sink.delivery-guarantee' = 'exactly-once', whose state has ") + COUNT + " slots");
    }

    /** How many slots a writer owns, as Flink spreads key groups; at least one, if it is only in name. */
    static int owned(int subtask, int parallelism) {
        int first = (subtask * COUNT + parallelism - 1) / parallelism;
        int end = ((subtask + 1) * COUNT + parallelism - 1) / parallelism;
        return Math.max(1, end - first);
    }

    /** What to key a stream by so that a slot's rows stay together and slots spread evenly. */
    static Integer groupKey(int slot) {
        return GROUP_KEYS[slot];
    }

    private static Integer[] groupKeys() {
        Integer[] keys = new Integer[COUNT];
        int found = 0;
        for (int candidate = 0; found < COUNT; candidate++) {
            int slot = MathUtils.murmurHash(Integer.hashCode(candidate)) & (COUNT - 1);
            if (keys[slot] == null) {
                keys[slot] = candidate;
                found++;
            }
        }
        return keys;
    }

    private static FieldHash fieldHash(LogicalType type, int index) {
        FieldHash value = valueHash(type, index);
        return row -> row.isNullAt(index) ? 0 : value.of(row);
    }

    private static FieldHash valueHash(LogicalType type, int i) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return row -> Boolean.hashCode(row.getBoolean(i));
            case TINYINT:
                return row -> Long.hashCode(row.getByte(i));
            case SMALLINT:
                return row -> Long.hashCode(row.getShort(i));
            case INTEGER:
                return row -> Long.hashCode(row.getInt(i));
            case DATE:
            case TIME_WITHOUT_TIME_ZONE:
                return row -> row.getInt(i);
            case BIGINT:
                return row -> Long.hashCode(row.getLong(i));
            case FLOAT:
                // Adding zero turns -0.0 into 0.0; Double.hashCode has one NaN.
                return row -> Double.hashCode(row.getFloat(i) + 0.0);
            case DOUBLE:
                return row -> Double.hashCode(row.getDouble(i) + 0.0);
            case DECIMAL:
                return decimalHash(LogicalTypeChecks.getPrecision(type), LogicalTypeChecks.getScale(type), i);
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return timestampHash(LogicalTypeChecks.getPrecision(type), i);
            case CHAR:
            case VARCHAR:
                return row -> textHash(row.getString(i).toBytes());
            case BINARY:
            case VARBINARY:
                return row -> Arrays.hashCode(row.getBinary(i));
            default:
                throw new IllegalArgumentException("no key hash for " + type);
        }
    }

    private static FieldHash decimalHash(int precision, int scale, int i) {
        return row -> {
            DecimalData decimal = row.getDecimal(i, precision, scale);
            return decimal.toBigDecimal().setScale(scale, RoundingMode.HALF_UP).stripTrailingZeros().hashCode();
        };
    }

    private static FieldHash timestampHash(int precision, int i) {
        return row -> {
            TimestampData time = row.getTimestamp(i, precision);
            return Long.hashCode(time.getMillisecond() * 1000 + time.getNanoOfMillisecond() / 1000);
        };
    }

    private static int textHash(byte[] utf8) {
        int hash = 1;
        for (byte b : utf8) {
            boolean upper = b >= 'A' && b <= 'Z';
            if (upper || b < 0 || b >= 'a' && b <= 'z' || b >= '0' && b <= '9') {
                hash = 31 * hash + (upper ? b + ('a' - 'A') : b);
            }
        }
        return hash;
    }

    /** The hash of one key field. */
    @FunctionalInterface
    private interface FieldHash extends Serializable {
        int of(RowData row);
    }
}
