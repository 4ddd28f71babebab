package com.pieclouddb.flink.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.cdc.common.data.TimestampData;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;
import org.apache.flink.cdc.common.data.binary.BinaryStringData;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DataTypes;
import org.apache.flink.cdc.runtime.typeutils.BinaryRecordDataGenerator;
import org.apache.flink.cdc.runtime.typeutils.EventTypeInfo;

/**
 * A pipeline's events of a few tables, as many in each partition: rows of each kind, a column that is added with a
 * default, one that gets room, and rows in between; and what a target has in the end.
 */
final class PipelineEvents implements Partitions<Event> {

    static final int PARTITIONS = 2;
    static final int CHANGES = 400;

    private static final long serialVersionUID = 1L;

    private static final int KEYS = 60;
    private static final int DEFAULT = 7;

    private final int tablesOfAPartition;

    PipelineEvents(int tablesOfAPartition) {
        this.tablesOfAPartition = tablesOfAPartition;
    }

    @Override
    public int partitions() {
        return PARTITIONS;
    }

    @Override
    public List<Event> partition(int partition) {
        List<Event> events = new ArrayList<>();
        List<History> histories = new ArrayList<>();
        for (int table = 0; table < tablesOfAPartition; table++) {
            histories.add(new History(partition * tablesOfAPartition + table, events));
        }
        histories.forEach(History::create);
        for (int i = 0; i < CHANGES; i++) {
            for (History history : histories) {
                history.next(i);
            }
        }
        return events;
    }

    /**
     * The rows of all tables in the end, by table and key: {@code id|n|at|v|late}.
     *
     * @param ofOldRows what rows that were there have in the column that was added
     */
    Map<String, List<String>> expected(String ofOldRows) {
        Map<String, List<String>> all = new TreeMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            for (int table = 0; table < tablesOfAPartition; table++) {
                History history = new History(partition * tablesOfAPartition + table, new ArrayList<>());
                for (int i = 0; i < CHANGES; i++) {
                    history.next(i);
                }
                List<String> rows = new ArrayList<>();
                history.rows.values().forEach(row -> rows.add(row.replace("|old", "|" + ofOldRows)));
                all.put("t" + history.number, rows);
            }
        }
        return all;
    }

    @Override
    public TypeInformation<Event> type() {
        return new EventTypeInfo();
    }

    /** One table's. */
    private static final class History {

        private final int number;
        private final TableId id;
        private final List<Event> events;
        private final Random random;
        private final Map<Integer, String> rows = new TreeMap<>();
        private final Map<Integer, BinaryRecordData> images = new TreeMap<>();
        private boolean isAdded;
        private boolean isWide;

        History(int number, List<Event> events) {
            this.number = number;
            id = TableId.tableId("shop", "t" + number);
            this.events = events;
            random = new Random(number);
        }

        void create() {
            events.add(new CreateTableEvent(
                    id,
                    Schema.newBuilder()
                            .physicalColumn("id", DataTypes.INT().notNull())
                            .physicalColumn("n", DataTypes.INT())
                            .physicalColumn("at", DataTypes.TIMESTAMP(0))
                            .physicalColumn("v", DataTypes.VARCHAR(20).notNull())
                            .primaryKey("id")
                            .build()));
        }

        void next(int i) {
            if (i == CHANGES / 3) {
                add();
            } else if (i == 2 * CHANGES / 3) {
                widen();
            } else {
                change();
            }
        }

        private void add() {
            Column late = Column.physicalColumn("late", DataTypes.INT(), "came later", String.valueOf(DEFAULT));
            events.add(new AddColumnEvent(id, List.of(new AddColumnEvent.ColumnWithPosition(late))));
            rows.replaceAll((key, row) -> row + "|old");
            images.replaceAll((key, image) -> null);
            isAdded = true;
        }

        private void widen() {
            events.add(new AlterColumnTypeEvent(id, Map.of("n", DataTypes.BIGINT())));
            images.replaceAll((key, image) -> null);
            isWide = true;
        }

        private void change() {
            int key = random.nextInt(KEYS);
            BinaryRecordData before = images.get(key);
            // What Flink CDC had before a schema changed has no record of the present form here: it is left alone.
            if (rows.containsKey(key) && before == null) {
                if (random.nextInt(4) > 0) {
                    return;
                }
                before = image(key, 0, 0);
            }
            if (before != null && random.nextInt(5) == 0) {
                events.add(DataChangeEvent.deleteEvent(id, before));
                rows.remove(key);
                images.remove(key);
                return;
            }
            long n = isWide ? random.nextLong() : random.nextInt();
            int seconds = random.nextInt(1_000_000_000);
            BinaryRecordData after = image(key, n, seconds);
            events.add(
                    before == null
                            ? DataChangeEvent.insertEvent(id, after)
                            : DataChangeEvent.updateEvent(id, before, after));
            images.put(key, after);
            rows.put(key, key + "|" + n + "|" + seconds + "|v" + n + (isAdded ? "|" + key : ""));
        }

        private BinaryRecordData image(int key, long n, int seconds) {
            List<DataType> types = new ArrayList<>(List.of(
                    DataTypes.INT(),
                    isWide ? DataTypes.BIGINT() : DataTypes.INT(),
                    DataTypes.TIMESTAMP(0),
                    DataTypes.VARCHAR(20)));
            List<Object> values = new ArrayList<>();
            values.add(key);
            if (isWide) {
                values.add(n);
            } else {
                values.add((int) n);
            }
            values.add(TimestampData.fromMillis(seconds * 1000L));
            values.add(BinaryStringData.fromString("v" + n));
            if (isAdded) {
                types.add(DataTypes.INT());
                values.add(key);
            }
            return new BinaryRecordDataGenerator(types.toArray(new DataType[0])).generate(values.toArray());
        }
    }
}
