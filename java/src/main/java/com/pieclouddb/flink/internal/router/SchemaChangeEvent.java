package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** One thing that a record says of a table of the source as a whole. */
final class SchemaChangeEvent {

    /** What happened, named as the native half names it. */
    enum Kind {
        CREATED,
        ALTERED,
        DROPPED,
        TRUNCATED
    }

    private final Kind kind;
    private final SourceName name;
    private final SourceName oldName;
    private final SourceTable definition;

    private SchemaChangeEvent(Kind kind, SourceName name, SourceName oldName, SourceTable definition) {
        this.kind = kind;
        this.name = name;
        this.oldName = oldName;
        this.definition = definition;
    }

    /**
     * Reads events.
     *
     * @param texts one event behind the other, as {@code native/load/src/debezium/route/record_route.rs} lays them out
     */
    static List<SchemaChangeEvent> read(String[] texts) throws PieCloudDBException {
        List<SchemaChangeEvent> events = new ArrayList<>();
        for (Iterator<String> text = Arrays.asList(texts).iterator(); text.hasNext(); ) {
            events.add(next(text));
        }
        return events;
    }

    private static SchemaChangeEvent next(Iterator<String> text) throws PieCloudDBException {
        Kind kind = Kind.valueOf(text.next().toUpperCase(Locale.ROOT));
        SourceName name = new SourceName(text.next(), text.next());
        SourceName oldName = new SourceName(text.next(), text.next());
        SourceTable.Builder table =
                SourceTable.of(name.database(), name.table()).comment(text.next());
        int columns = Integer.parseInt(text.next());
        int keys = Integer.parseInt(text.next());
        for (int i = 0; i < columns; i++) {
            table.column(text.next(), text.next(), Boolean.parseBoolean(text.next()), text.next());
        }
        List<String> key = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            key.add(text.next());
        }
        if (kind == Kind.DROPPED || kind == Kind.TRUNCATED) {
            return new SchemaChangeEvent(kind, name, null, null);
        }
        try {
            return new SchemaChangeEvent(
                    kind,
                    name,
                    oldName.table().isEmpty() ? null : oldName,
                    table.primaryKey(key).build());
        } catch (IllegalArgumentException e) {
            throw new PieCloudDBException.Permanent("DATA", "a schema event of the stream: " + e.getMessage());
        }
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
}
