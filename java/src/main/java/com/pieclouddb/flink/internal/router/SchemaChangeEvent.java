package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** One thing that a record says of a table of the source as a whole. */
final class SchemaChangeEvent {

    /** What happened, as the native half calls it. */
    enum Kind {
        CREATED,
        ALTERED,
        DROPPED,
        TRUNCATED
    }

    /** The texts that an event begins with, in the native half's order. */
    enum Field {
        EVENT,
        DATABASE,
        TABLE,
        OLD_DATABASE,
        OLD_TABLE,
        COMMENT,
        COLUMNS,
        KEYS
    }

    /** The texts of each column, in the native half's order. */
    enum ColumnField {
        NAME,
        TYPE,
        NULLABLE,
        COMMENT,
        IN_OLD_ROWS
    }

    private final Kind kind;
    private final SourceName name;
    private final SourceName oldName;
    private final SourceTable definition;
    private final Map<String, String> inOldRows;

    private SchemaChangeEvent(
            Kind kind, SourceName name, SourceName oldName, SourceTable definition, Map<String, String> inOldRows) {
        this.kind = kind;
        this.name = name;
        this.oldName = oldName;
        this.definition = definition;
        this.inOldRows = inOldRows;
    }

    /**
     * Reads events.
     *
     * @param texts one event behind the other: each field, the fields of each column, the names of the key
     */
    static List<SchemaChangeEvent> read(String[] texts) throws PieCloudDBException {
        List<SchemaChangeEvent> events = new ArrayList<>();
        for (Iterator<String> text = Arrays.asList(texts).iterator(); text.hasNext(); ) {
            events.add(next(text));
        }
        return events;
    }

    private static SchemaChangeEvent next(Iterator<String> text) throws PieCloudDBException {
        Map<Field, String> event = read(text, Field.class);
        Kind kind = Kind.valueOf(event.get(Field.EVENT));
        SourceName name = new SourceName(event.get(Field.DATABASE), event.get(Field.TABLE));
        SourceName oldName = new SourceName(event.get(Field.OLD_DATABASE), event.get(Field.OLD_TABLE));
        SourceTable.Builder table =
                SourceTable.of(name.database(), name.table()).comment(event.get(Field.COMMENT));
        int columns = Integer.parseInt(event.get(Field.COLUMNS));
        int keys = Integer.parseInt(event.get(Field.KEYS));
        Map<String, String> inOldRows = new HashMap<>();
        for (int i = 0; i < columns; i++) {
            Map<ColumnField, String> column = read(text, ColumnField.class);
            String value = column.get(ColumnField.IN_OLD_ROWS);
            if (!value.isEmpty()) {
                inOldRows.put(column.get(ColumnField.NAME), value.substring(1));
            }
            table.column(
                    column.get(ColumnField.NAME),
                    column.get(ColumnField.TYPE),
                    Boolean.parseBoolean(column.get(ColumnField.NULLABLE)),
                    column.get(ColumnField.COMMENT));
        }
        List<String> key = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            key.add(text.next());
        }
        if (kind == Kind.DROPPED || kind == Kind.TRUNCATED) {
            return new SchemaChangeEvent(kind, name, null, null, Map.of());
        }
        try {
            return new SchemaChangeEvent(
                    kind,
                    name,
                    oldName.table().isEmpty() ? null : oldName,
                    table.primaryKey(key).build(),
                    inOldRows);
        } catch (IllegalArgumentException e) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.DATA, "a schema event of the stream: " + e.getMessage());
        }
    }

    private static <F extends Enum<F>> Map<F, String> read(Iterator<String> text, Class<F> fields) {
        Map<F, String> read = new EnumMap<>(fields);
        for (F field : fields.getEnumConstants()) {
            read.put(field, text.next());
        }
        return read;
    }

    Kind kind() {
        return kind;
    }

    SourceName name() {
        return name;
    }

    /** What the table was called before; null where that did not change. */
    SourceName oldName() {
        return oldName;
    }

    /** What the table is now; null of one that is gone or empty. */
    SourceTable definition() {
        return definition;
    }

    /** What rows that were there got in columns that this change added, where that is known and not NULL. */
    Map<String, String> inOldRows() {
        return inOldRows;
    }
}
