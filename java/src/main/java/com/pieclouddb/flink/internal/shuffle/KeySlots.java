package com.pieclouddb.flink.internal.shuffle;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.MathUtils;

/**
 * Maps every key to one of 128 slots, which never depend on the parallelism; a writer owns a range of them.
 *
 * <p>Promises that keys which the server may hold for equal share a slot, and that a key keeps its slot when its column
 * is widened, since {@link KeyHash} is of the value alone. The RowKind is no part of it. The reverse is not promised:
 * unequal keys share slots, and keys of punctuation alone share one.
 *
 * <p>It is no {@code partitionCustom}: Flink takes no unaligned checkpoints behind a custom partitioner. Instead each
 * slot has a number whose key group, at Flink's usual 128 key groups, is the slot.
 */
@Internal
public final class KeySlots implements Serializable {

    public static final int COUNT = 128;

    private static final long serialVersionUID = 1L;

    private static final Integer[] GROUP_KEYS = groupKeys();

    private final KeyHash[] fields;
    private final int seed;

    /**
     * The slots of one table's keys.
     *
     * @param key indexes of the key columns
     * @param seed a table's own, so that equal keys of many tables do not share one slot
     */
    public KeySlots(RowType rowType, int[] key, int seed) {
        this.seed = seed;
        fields = Arrays.stream(key)
                .mapToObj(index -> KeyHash.of(rowType.getTypeAt(index), index))
                .toArray(KeyHash[]::new);
    }

    /** The slot of a row's key. A NULL is as good as any value here; the native half refuses it in a key. */
    public int slot(RowData row) {
        int hash = seed;
        for (KeyHash field : fields) {
            hash = 31 * hash + field.of(row);
        }
        return MathUtils.murmurHash(hash) & (COUNT - 1);
    }

    /** The slot of a key that somebody else has hashed, with a seed as above. */
    public static int slot(long hash, int seed) {
        return MathUtils.murmurHash(31 * seed + Long.hashCode(hash)) & (COUNT - 1);
    }

    /** Why a sink cannot have the parallelism that its options ask for, if slots matter to it. */
    public static Optional<String> parallelismProblem(SinkSettings settings, boolean routesByKey) {
        return settings.find(PieCloudDBOptions.SINK_PARALLELISM)
                .flatMap(parallelism -> parallelismProblem(parallelism, settings, routesByKey))
                .map(problem -> "'sink.parallelism' = " + problem);
    }

    /** The same of a sink that runs: its state, with exactly-once, is also kept by slots. */
    public static Optional<String> parallelismProblem(int parallelism, SinkSettings settings, boolean routesByKey) {
        boolean exactlyOnce = settings.isExactlyOnce();
        if (parallelism <= COUNT || !routesByKey && !exactlyOnce) {
            return Optional.empty();
        }
        return Optional.of(parallelism + " is too much for "
                + (routesByKey
                        ? "'load_mode' = 'merge', whose keys have "
                        : "'sink.delivery-guarantee' = 'exactly-once', whose state has ")
                + COUNT + " slots");
    }

    /** How many slots a writer owns, as Flink spreads key groups; at least one, if it is only in name. */
    public static int owned(int subtask, int parallelism) {
        int first = (subtask * COUNT + parallelism - 1) / parallelism;
        int end = ((subtask + 1) * COUNT + parallelism - 1) / parallelism;
        return Math.max(1, end - first);
    }

    /** What to key a stream by so that a slot's rows stay together and slots spread evenly. */
    public static Integer groupKey(int slot) {
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
}
