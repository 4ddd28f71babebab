package com.pieclouddb.flink.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.writer.EventReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;
import org.apache.flink.cdc.common.data.binary.BinaryStringData;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DataTypes;
import org.apache.flink.cdc.runtime.typeutils.BinaryRecordDataGenerator;
import org.junit.jupiter.api.Test;

/** Each event of Flink CDC becomes a definition or an image of one kind, or is refused by its table's name. */
class CdcEventReaderTest {

    private static final org.apache.flink.cdc.common.event.TableId STUDENT =
            org.apache.flink.cdc.common.event.TableId.tableId("school", "student");
    private static final Schema SCHEMA = Schema.newBuilder()
            .physicalColumn("id", DataTypes.INT().notNull())
            .physicalColumn("name", DataTypes.STRING(), "who")
            .primaryKey("id")
            .build();

    private final Told told = new Told();

    @Test
    void rowsAreImagesOfTheirKind() throws Exception {
        read(
                reader(),
                new CreateTableEvent(STUDENT, SCHEMA),
                DataChangeEvent.insertEvent(STUDENT, row(1, "a")),
                DataChangeEvent.updateEvent(STUDENT, row(1, "a"), row(1, "b")),
                DataChangeEvent.replaceEvent(STUDENT, row(1, "c")),
                DataChangeEvent.deleteEvent(STUDENT, row(1, "c")));
        assertThat(told.rows).containsExactly("0: kind 0, 24", "0: kind 2, 24", "0: kind 2, 24", "0: kind 3, 24");
        assertThat(told.specs.get(TableId.of("school", "student")))
                .contains(
                        "record.format=cdc-record\n",
                        "load_mode=merge\n",
                        "sink.create-table.enabled=true\n",
                        "schema.change.behavior=lenient\n",
                        "column.0.type=INT NOT NULL\n",
                        "column.1.comment=who\n",
                        "key=0\n");
    }

    @Test
    void changedSchemasAreDefinedAnew() throws Exception {
        EventReader<Event> reader = reader();
        Column score = Column.physicalColumn("score", DataTypes.INT(), null, "7");
        read(
                reader,
                new CreateTableEvent(STUDENT, SCHEMA),
                new AddColumnEvent(STUDENT, List.of(new AddColumnEvent.ColumnWithPosition(score))),
                new AlterColumnTypeEvent(STUDENT, Map.of("score", DataTypes.BIGINT())));
        assertThat(told.specs.get(TableId.of("school", "student")))
                .contains("column.2.name=score\n", "column.2.type=BIGINT\n", "column.2.default=7\n");
        assertThatThrownBy(() -> read(reader, DataChangeEvent.insertEvent(STUDENT, row(1, "a"))))
                .hasMessageContaining("a record of 2 columns came for a table of 3");
    }

    /** Flink CDC 3.2 tells so after a restart. */
    @Test
    void aColumnThatTheTableHasAlreadyIsNotAddedAgain() throws Exception {
        Column first = Column.physicalColumn("first", DataTypes.INT());
        Column last = Column.physicalColumn("last", DataTypes.INT());
        Schema now = Schema.newBuilder()
                .setColumns(List.of(
                        first, SCHEMA.getColumns().get(0), SCHEMA.getColumns().get(1)))
                .primaryKey("id")
                .build();
        read(
                reader(),
                new CreateTableEvent(STUDENT, now),
                new AddColumnEvent(STUDENT, List.of(AddColumnEvent.first(first), AddColumnEvent.after(last, "first"))));
        assertThat(told.specs.get(TableId.of("school", "student")))
                .contains("column.0.name=first\n", "column.1.name=last\n", "column.2.name=id\n", "column.3.name=name\n")
                .doesNotContain("column.4.name");
    }

    @Test
    void aChangedKeyIsRefused() {
        assertThatThrownBy(() -> read(
                        reader(),
                        new CreateTableEvent(STUDENT, SCHEMA),
                        DataChangeEvent.updateEvent(STUDENT, row(1, "a"), row(2, "a"))))
                .hasMessageContaining("an update of table 'school.student' changes the primary key");
    }

    @Test
    void keysAreComparedByTheirValues() throws Exception {
        assertUpdates(DataTypes.BYTES(), new byte[] {1, 0}, new byte[] {1, 0}, new byte[] {1});
        assertUpdates(DataTypes.BINARY(2), new byte[] {1, 0}, new byte[] {1, 0}, new byte[] {1, 1});
        assertUpdates(DataTypes.DOUBLE(), -0.0, 0.0, 0.5);
        assertUpdates(DataTypes.FLOAT(), 0f, -0f, Float.MIN_VALUE);
        assertUpdates(DataTypes.DOUBLE(), Double.NaN, Double.NaN, 0.0);
    }

    /** An update from a key to the same one is a row, and to another one is refused. */
    private void assertUpdates(DataType type, Object key, Object same, Object other) throws Exception {
        Schema schema = Schema.newBuilder()
                .physicalColumn("k", type.notNull())
                .primaryKey("k")
                .build();
        BinaryRecordDataGenerator rows = new BinaryRecordDataGenerator(new DataType[] {type});
        EventReader<Event> reader = reader();
        int before = told.rows.size();
        read(
                reader,
                new CreateTableEvent(STUDENT, schema),
                DataChangeEvent.updateEvent(
                        STUDENT, rows.generate(new Object[] {key}), rows.generate(new Object[] {same})));
        assertThat(told.rows).as("%s", type).hasSize(before + 1);
        assertThatThrownBy(() -> read(
                        reader,
                        DataChangeEvent.updateEvent(
                                STUDENT, rows.generate(new Object[] {key}), rows.generate(new Object[] {other}))))
                .as("%s", type)
                .hasMessageContaining("changes the primary key");
    }

    @Test
    void aTableThatNobodyDefinedIsRefused() {
        assertThatThrownBy(() -> read(reader(), DataChangeEvent.insertEvent(STUDENT, row(1, "a"))))
                .hasMessageContaining("'school.student' came before its definition");
    }

    @Test
    void twoTablesWithOneTargetAreRefused() {
        assertThatThrownBy(() -> read(
                        reader(),
                        new CreateTableEvent(STUDENT, SCHEMA),
                        new CreateTableEvent(
                                org.apache.flink.cdc.common.event.TableId.tableId("demo", "school", "student"),
                                SCHEMA)))
                .hasMessageContaining("have one target, 'school.student'");
    }

    @Test
    void namesOfOneAndThreePartsAreTargetsToo() throws Exception {
        read(
                reader(),
                new CreateTableEvent(org.apache.flink.cdc.common.event.TableId.tableId("plain"), SCHEMA),
                new CreateTableEvent(
                        org.apache.flink.cdc.common.event.TableId.tableId("demo", "school", "whole"), SCHEMA));
        assertThat(told.specs.keySet()).containsExactly(TableId.of("public", "plain"), TableId.of("school", "whole"));
        assertThatThrownBy(() -> read(
                        reader(),
                        new CreateTableEvent(
                                org.apache.flink.cdc.common.event.TableId.tableId("other", "school", "whole"), SCHEMA)))
                .hasMessageContaining("is of another database");
    }

    @Test
    void rowsOfATableWithoutKeyAreLeftOutIfAsked() throws Exception {
        Schema keyless = Schema.newBuilder()
                .physicalColumn("id", DataTypes.INT())
                .physicalColumn("name", DataTypes.STRING())
                .build();
        read(
                reader("sink.table-without-key", "skip"),
                new CreateTableEvent(STUDENT, keyless),
                DataChangeEvent.insertEvent(STUDENT, row(1, "a")));
        assertThat(told.leftOut).isEqualTo(1);
        assertThat(told.rows).isEmpty();
        assertThatThrownBy(() -> read(reader(), new CreateTableEvent(STUDENT, keyless)))
                .hasMessageContaining("'school.student' has no primary key");
    }

    @Test
    void typesWhoseValuesAreStoredOtherwiseAreRefused() {
        for (DataType type : List.of(DataTypes.TIMESTAMP_TZ(3), DataTypes.ARRAY(DataTypes.INT()))) {
            assertThatThrownBy(() -> read(
                            reader(),
                            new CreateTableEvent(
                                    STUDENT,
                                    Schema.newBuilder()
                                            .physicalColumn("x", type)
                                            .build())))
                    .hasMessageContaining("table 'school.student', column \"x\": the type");
        }
    }

    private void read(EventReader<Event> reader, Event... events) throws Exception {
        for (Event event : events) {
            reader.read(event, told);
        }
    }

    private static EventReader<Event> reader(String... more) {
        return new CdcEventReader(settings(more));
    }

    static SinkSettings settings(String... more) {
        Map<String, String> options = new LinkedHashMap<>(
                Map.of("hostname", "h", "username", "u", "password", "pass-word", "database-name", "demo"));
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        return SinkSettings.ofPipeline(options, com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior.LENIENT);
    }

    static BinaryRecordData row(int id, String name) {
        return new BinaryRecordDataGenerator(new DataType[] {DataTypes.INT(), DataTypes.STRING()})
                .generate(new Object[] {id, BinaryStringData.fromString(name)});
    }

    private static final class Told implements EventReader.Tables {

        private final Map<TableId, String> specs = new LinkedHashMap<>();
        private final List<String> rows = new ArrayList<>();
        private int leftOut;

        @Override
        public int define(TableId target, String spec) {
            specs.put(target, spec);
            return List.copyOf(specs.keySet()).indexOf(target);
        }

        @Override
        public void row(int table, RowImage image) {
            rows.add(table + ": kind " + image.toBytes()[0] + ", " + image.size());
        }

        @Override
        public void leftOut() {
            leftOut++;
        }
    }
}
