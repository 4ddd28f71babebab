package com.pieclouddb.flink.it;

import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * A random, repeatable history that happens at a steady rate from some moment on, in independent partitions.
 *
 * <p>Each change is computed from its place alone. So a history of hours takes no memory, and a job that restarts every
 * few seconds begins anew without computing what was before.
 */
final class SteadyChangelog implements Partitions<Row> {

    private static final long serialVersionUID = 1L;

    private static final RowKind[] KINDS = {
        RowKind.INSERT, RowKind.UPDATE_AFTER, RowKind.UPDATE_BEFORE, RowKind.DELETE, RowKind.UPDATE_AFTER
    };

    private final long seed;
    private final int partitions;
    private final int keys;
    private final int changesOfPartition;
    private final boolean insertsOnly;
    private final long startMillis;
    private final int changesPerSecond;

    /**
     * Describes the history.
     *
     * @param seed what all choices follow from
     * @param partitions how many, each with keys of its own
     * @param keys of all partitions together
     * @param insertsOnly whether nothing is ever changed or removed
     * @param startMillis when it begins, in milliseconds since 1970
     * @param changesPerSecond of all partitions together
     * @param seconds how long it lasts
     */
    SteadyChangelog(
            long seed,
            int partitions,
            int keys,
            boolean insertsOnly,
            long startMillis,
            int changesPerSecond,
            int seconds) {
        this.seed = seed;
        this.partitions = partitions;
        this.keys = keys;
        this.insertsOnly = insertsOnly;
        this.startMillis = startMillis;
        this.changesPerSecond = changesPerSecond;
        this.changesOfPartition = changesPerSecond / partitions * seconds;
    }

    @Override
    public int partitions() {
        return partitions;
    }

    @Override
    public TypeInformation<Row> type() {
        return Changelog.STREAM_TYPE;
    }

    @Override
    public long dueMillis(int position) {
        return startMillis + position * 1000L * partitions / changesPerSecond;
    }

    @Override
    public List<Row> partition(int partition) {
        return new Partition(partition);
    }

    /** The rows that are there in the end, as {@link Changelog#select} shows them, in no order. */
    Stream<String> finalRows() {
        Stream<Row> all = IntStream.range(0, partitions).boxed().flatMap(partition -> partition(partition).stream());
        if (insertsOnly) {
            return all.map(Changelog::shown);
        }
        Map<Object, Row> table = new HashMap<>();
        all.forEachOrdered(change -> {
            if (change.getKind() == RowKind.INSERT || change.getKind() == RowKind.UPDATE_AFTER) {
                table.put(change.getField(0), change);
            } else {
                table.remove(change.getField(0));
            }
        });
        return table.values().stream().map(Changelog::shown);
    }

    private final class Partition extends AbstractList<Row> implements RandomAccess {

        private final int partition;

        Partition(int partition) {
            this.partition = partition;
        }

        @Override
        public Row get(int position) {
            SplittableRandom random = new SplittableRandom(seed + ((long) partition << 40) + position);
            long key = (long) random.nextInt(keys / partitions) * partitions + partition;
            RowKind kind = insertsOnly ? RowKind.INSERT : KINDS[random.nextInt(KINDS.length)];
            return Changelog.row(kind, key, partition, position);
        }

        @Override
        public int size() {
            return changesOfPartition;
        }
    }
}
