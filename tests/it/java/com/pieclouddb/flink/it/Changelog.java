package com.pieclouddb.flink.it;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * A random, repeatable history of a table in independent partitions, and the state that it ends in.
 *
 * <p>A key belongs to one partition and a partition is read in order, so the last change of each key is known whatever
 * the parallelism. The same arguments give the same history in every process.
 */
final class Changelog implements Partitions<Row> {

    static final DataType TYPE = DataTypes.ROW(
                    DataTypes.FIELD("id", DataTypes.BIGINT().notNull()),
                    DataTypes.FIELD("name", DataTypes.STRING()),
                    DataTypes.FIELD("amount", DataTypes.DECIMAL(12, 2)),
                    DataTypes.FIELD("at", DataTypes.TIMESTAMP(6)))
            .notNull();

    static final RowType ROW_TYPE = (RowType) TYPE.getLogicalType();

    static final TypeInformation<Row> STREAM_TYPE = Types.ROW_NAMED(
            new String[] {"id", "name", "amount", "at"},
            Types.LONG,
            Types.STRING,
            Types.BIG_DEC,
            Types.LOCAL_DATE_TIME);

    static final String SQL_COLUMNS = "id BIGINT, name STRING, amount DECIMAL(12, 2), `at` TIMESTAMP(6)";

    static final String SERVER_COLUMNS = "id bigint, name text, amount numeric(12,2), at timestamp";

    private static final long serialVersionUID = 1L;

    private static final LocalDateTime EPOCH = LocalDateTime.of(1999, 12, 31, 23, 59, 59, 999_999_000);

    private final long seed;
    private final int changes;
    private final int keys;
    private final int partitions;
    private final RowKind beforeUpdate;

    private Changelog(long seed, int changes, int keys, int partitions, RowKind beforeUpdate) {
        this.seed = seed;
        this.changes = changes;
        this.keys = keys;
        this.partitions = partitions;
        this.beforeUpdate = beforeUpdate;
    }

    /** Inserts, updates and deletes; every fifth update is preceded by the row before it. */
    static Changelog full(int changes, int keys, int partitions) {
        return new Changelog(20_261_122, changes, keys, partitions, RowKind.UPDATE_BEFORE);
    }

    /** The same without rows before updates: what an upsert source gives. */
    static Changelog upserts(int changes, int keys, int partitions) {
        return new Changelog(20_261_122, changes, keys, partitions, null);
    }

    /** Inserts only; keys repeat. */
    static Changelog inserts(int changes, int keys, int partitions) {
        return new Changelog(20_261_122, changes, keys, partitions, RowKind.INSERT);
    }

    @Override
    public TypeInformation<Row> type() {
        return STREAM_TYPE;
    }

    @Override
    public int partitions() {
        return partitions;
    }

    /** All changes of one partition in order. */
    @Override
    public List<Row> partition(int partition) {
        Random random = new Random(seed + partition);
        Map<Long, Row> table = new HashMap<>();
        List<Row> history = new ArrayList<>();
        while (history.size() < changes / partitions) {
            long key = (long) random.nextInt(keys / partitions) * partitions + partition;
            Row before = table.get(key);
            if (beforeUpdate == RowKind.INSERT || before == null) {
                table.put(key, add(history, RowKind.INSERT, key, partition));
            } else if (random.nextInt(10) < 3) {
                history.add(copy(RowKind.DELETE, before));
                table.remove(key);
            } else {
                if (beforeUpdate != null && random.nextInt(5) == 0) {
                    history.add(copy(beforeUpdate, before));
                }
                table.put(key, add(history, RowKind.UPDATE_AFTER, key, partition));
            }
        }
        return history;
    }

    /** The rows of the table in the end, as {@link Postgres#query} shows them. */
    List<String> finalRows() {
        Map<Object, Row> table = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            for (Row change : partition(partition)) {
                if (change.getKind() == RowKind.INSERT || change.getKind() == RowKind.UPDATE_AFTER) {
                    table.put(change.getField(0), change);
                } else {
                    table.remove(change.getField(0));
                }
            }
        }
        return table.values().stream().map(Changelog::shown).sorted().collect(Collectors.toList());
    }

    /** All rows ever inserted, as {@link Postgres#query} shows them. */
    List<String> insertedRows() {
        List<String> rows = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            rows.addAll(insertedRows(partition, 0));
        }
        rows.sort(null);
        return rows;
    }

    /** Those of one partition from a position on, in order. */
    List<String> insertedRows(int partition, int from) {
        return partition(partition).stream()
                .skip(from)
                .filter(row -> row.getKind() == RowKind.INSERT)
                .map(Changelog::shown)
                .collect(Collectors.toList());
    }

    /** The query whose sorted result is comparable with the lists above. */
    static String select(String table) {
        return "SELECT id, name, amount, to_char(at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') FROM " + table;
    }

    private Row add(List<Row> history, RowKind kind, long key, int partition) {
        Row row = row(kind, key, partition, history.size());
        history.add(row);
        return row;
    }

    /** The change at this place of a partition. */
    static Row row(RowKind kind, long key, int partition, int version) {
        return Row.ofKind(
                kind,
                key,
                version % 11 == 0
                        ? null
                        : "v" + partition + "." + version + (version % 7 == 0 ? " 数据\t\\N \"x\"\n" : ""),
                BigDecimal.valueOf(version - 1000L, 2),
                EPOCH.plusNanos(1_000L * version + 1_000_000_000L * partition));
    }

    private static Row copy(RowKind kind, Row row) {
        Row copy = Row.copy(row);
        copy.setKind(kind);
        return copy;
    }

    /** A row as {@link #select} shows it. */
    static String shown(Row row) {
        String at = String.format("%1$tFT%1$tT", (LocalDateTime) row.getField(3));
        int micros = ((LocalDateTime) row.getField(3)).getNano() / 1000;
        return row.getField(0) + "|" + row.getField(1) + "|" + row.getField(2) + "|" + at
                + String.format(".%06d", micros);
    }
}
