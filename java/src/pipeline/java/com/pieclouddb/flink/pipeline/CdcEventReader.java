package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.writer.EventReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.cdc.common.data.RecordData;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.utils.SchemaUtils;
import org.apache.flink.types.RowKind;

/**
 * Reads Flink CDC's events: its records are images already, and its events of schemas say how to read them.
 *
 * <p>Flink CDC promises that a writer knows a table before its first row, after a restart too. Rows before an update
 * are left out, since the update replaces what has their key; one that changes the key is refused, for the old key is
 * another writer's.
 */
final class CdcEventReader implements EventReader<Event> {

    private final PipelineTables tables;
    private final Map<TableId, Known> known = new HashMap<>();
    private final RowImage image = new RowImage();

    /** Rows of a table come in runs. */
    private Known last;

    CdcEventReader(SinkSettings settings) {
        tables = new PipelineTables(settings);
    }

    @Override
    public void read(Event event, Tables out) throws IOException, InterruptedException {
        if (event instanceof DataChangeEvent) {
            row((DataChangeEvent) event, out);
        } else if (event instanceof SchemaChangeEvent) {
            define((SchemaChangeEvent) event, out);
        } else {
            throw new PieCloudDBException(
                    PieCloudDBException.Kind.INTERNAL,
                    "a pieclouddb sink knows no event " + event.getClass().getName());
        }
    }

    private void define(SchemaChangeEvent event, Tables out) throws IOException, InterruptedException {
        TableId id = event.tableId();
        Known before = known.get(id);
        if (before == null && !(event instanceof CreateTableEvent)) {
            throw unknown(id);
        }
        Schema schema = event instanceof CreateTableEvent
                ? ((CreateTableEvent) event).getSchema()
                : SchemaUtils.applySchemaChangeEvent(before.schema, withoutKnown(event, before.schema));
        com.pieclouddb.flink.TableId target = tables.target(id);
        for (Known other : known.values()) {
            if (!other.id.equals(id) && other.target.equals(target)) {
                throw new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.CONFIG,
                        "the tables '" + other.id + "' and '" + id + "' of the pipeline have one target, '" + target
                                + "': route them to one name");
            }
        }
        Optional<LoadMode> mode = tables.loadMode(target, schema);
        int number = mode.isPresent() ? out.define(target, tables.spec(target, mode.get(), schema)) : -1;
        boolean merges = mode.filter(LoadMode.MERGE::equals).isPresent();
        known.put(id, new Known(id, target, schema, number, merges));
        last = null;
    }

    /**
     * The event without columns that the table has already.
     *
     * <p>Flink CDC 3.2 tells a writer that has not seen a table since a restart how it is by now, and then the event
     * that made it so.
     */
    private static SchemaChangeEvent withoutKnown(SchemaChangeEvent event, Schema schema) {
        if (!(event instanceof AddColumnEvent)) {
            return event;
        }
        List<AddColumnEvent.ColumnWithPosition> added = ((AddColumnEvent) event)
                .getAddedColumns().stream()
                        .filter(column -> schema.getColumn(column.getAddColumn().getName())
                                .isEmpty())
                        .collect(Collectors.toList());
        return new AddColumnEvent(event.tableId(), added);
    }

    private void row(DataChangeEvent event, Tables out) throws IOException, InterruptedException {
        if (last == null || !last.id.equals(event.tableId())) {
            last = known.get(event.tableId());
            if (last == null) {
                throw unknown(event.tableId());
            }
        }
        if (last.number < 0) {
            out.leftOut();
            return;
        }
        switch (event.op()) {
            case INSERT:
                send(RowKind.INSERT, event.after(), out);
                break;
            case UPDATE:
                last.checkKey(event);
                send(RowKind.UPDATE_AFTER, event.after(), out);
                break;
            case REPLACE:
                send(RowKind.UPDATE_AFTER, event.after(), out);
                break;
            default:
                send(RowKind.DELETE, event.before(), out);
        }
    }

    private void send(RowKind kind, RecordData record, Tables out) throws IOException, InterruptedException {
        BinaryRecordData binary = CdcRecords.of(record, last.schema.getColumnCount(), last.id);
        image.pointTo(kind.toByteValue(), binary.getSegments(), binary.getOffset(), binary.getSizeInBytes());
        out.row(last.number, image);
    }

    private static PieCloudDBException unknown(TableId id) {
        return new PieCloudDBException(
                PieCloudDBException.Kind.INTERNAL,
                "a change of table '" + id + "' came before its definition; a restart repeats it");
    }

    /** A table as the last event of it says. */
    private static final class Known {

        private final TableId id;
        private final com.pieclouddb.flink.TableId target;
        private final Schema schema;
        private final int number;

        /** None where rows are appended. */
        private final List<RecordData.FieldGetter> key;

        Known(TableId id, com.pieclouddb.flink.TableId target, Schema schema, int number, boolean merges) {
            this.id = id;
            this.target = target;
            this.schema = schema;
            this.number = number;
            List<String> names = schema.getColumnNames();
            key = (merges ? schema.primaryKeys() : List.<String>of())
                    .stream()
                            .map(names::indexOf)
                            .map(index -> RecordData.createFieldGetter(
                                    schema.getColumns().get(index).getType(), index))
                            .collect(Collectors.toList());
        }

        void checkKey(DataChangeEvent event) throws PieCloudDBException {
            if (event.before() == null) {
                return;
            }
            for (RecordData.FieldGetter field : key) {
                if (!same(field.getFieldOrNull(event.before()), field.getFieldOrNull(event.after()))) {
                    throw new PieCloudDBException.Permanent(
                            PieCloudDBException.Kind.DATA,
                            "an update of table '" + id + "' changes the primary key, which a source has to send as a"
                                    + " delete and an insert, as Flink CDC's do: the old key may be another writer's");
                }
            }
        }

        /** By value, and both zeros are one, as for the server and for the slots of keys. */
        private static boolean same(Object before, Object after) {
            boolean floating = before instanceof Float || before instanceof Double;
            return floating && after instanceof Number
                    ? canonical(before).equals(canonical(after))
                    : Objects.deepEquals(before, after);
        }

        private static Double canonical(Object number) {
            return ((Number) number).doubleValue() + 0.0;
        }
    }
}
