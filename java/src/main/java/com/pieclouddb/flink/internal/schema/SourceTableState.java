package com.pieclouddb.flink.internal.schema;

import com.pieclouddb.flink.SourceTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.StringValue;

/**
 * A source table's definition and when a router learnt it, in a form that outlives the job.
 *
 * <p>A job that is planned anew may have been told a later definition. Rows of the known one are still to come then,
 * and it knows which columns the later one added to them or took from them; both at once may be a new name of one
 * column, of which nothing is known. Promises to read back every version of its bytes that was ever released and to
 * refuse any other by name.
 */
@Internal
public final class SourceTableState {

    private static final int VERSION = 3;

    private final SourceTable table;
    private final long changedAt;
    private final long planning;
    private final List<String> dropped;
    private final List<String> added;
    private final Map<String, String> inOldRows;

    private SourceTableState(
            SourceTable table,
            long changedAt,
            long planning,
            List<String> dropped,
            List<String> added,
            Map<String, String> inOldRows) {
        this.table = table;
        this.changedAt = changedAt;
        this.planning = planning;
        this.dropped = dropped;
        this.added = added;
        this.inOldRows = inOldRows;
    }

    /** One that comes with the job. */
    public static SourceTableState given(SourceTable table, long planning) {
        return new SourceTableState(table, 0, planning, List.of(), List.of(), Map.of());
    }

    /**
     * The next one that the stream tells, never earlier than what it follows, even if a clock was set back.
     *
     * @param inOldRows what rows that were there got in columns that this change added; a later change of a column's
     *     default is none of them
     */
    public static SourceTableState told(
            SourceTable table, Map<String, String> inOldRows, long now, SourceTableState before, long planning) {
        if (before == null) {
            return new SourceTableState(table, now, planning, List.of(), List.of(), Map.of());
        }
        List<String> columns = columns(table);
        List<String> dropped = new ArrayList<>(before.dropped);
        dropped.retainAll(columns);
        List<String> added = new ArrayList<>(before.added);
        added.removeAll(columns);
        Map<String, String> values = new HashMap<>(inOldRows);
        values.keySet().removeAll(columns(before.table));
        values.putAll(before.inOldRows);
        values.keySet().retainAll(columns);
        return new SourceTableState(table, Math.max(now, before.changedAt + 1), planning, dropped, added, values);
    }

    /**
     * The same, seen from a job whose planning found the source's table as it is later.
     *
     * @param later as it was found
     * @param planning which planning that was, 0 for none: the same again is a restart, and knows already
     */
    public SourceTableState before(SourceTable later, long planning) {
        if (planning == 0 || planning == this.planning) {
            return this;
        }
        List<String> dropped = new ArrayList<>(columns(table));
        dropped.removeAll(columns(later));
        List<String> added = new ArrayList<>(columns(later));
        added.removeAll(columns(table));
        boolean renamed = !dropped.isEmpty() && !added.isEmpty();
        return new SourceTableState(
                table, changedAt, planning, renamed ? List.of() : dropped, renamed ? List.of() : added, inOldRows);
    }

    private static List<String> columns(SourceTable table) {
        return table.columns().stream().map(SourceTable.Column::name).collect(Collectors.toList());
    }

    /** Columns that the source has dropped behind these rows: a target without them loses nothing. */
    public List<String> dropped() {
        return dropped;
    }

    /**
     * Columns that the source has added behind these rows: in a target they may be as if the rows had been there
     * before.
     */
    public List<String> added() {
        return added;
    }

    /** What rows that were there got in columns which came later, where that is known and not NULL. */
    public Map<String, String> inOldRows() {
        return inOldRows;
    }

    public SourceTable table() {
        return table;
    }

    /**
     * Milliseconds since 1970, 0 for one that came with the job; of two definitions of a table the later one counts.
     */
    long changedAt() {
        return changedAt;
    }

    public SourceTableState later(SourceTableState other) {
        return other.changedAt > changedAt ? other : this;
    }

    public byte[] toBytes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(512);
        out.writeInt(VERSION);
        out.writeLong(changedAt);
        for (String text : new String[] {table.database(), table.table(), table.comment()}) {
            StringValue.writeString(text, out);
        }
        out.writeInt(table.columns().size());
        for (SourceTable.Column column : table.columns()) {
            StringValue.writeString(column.name(), out);
            StringValue.writeString(column.type(), out);
            out.writeBoolean(column.nullable());
            StringValue.writeString(column.comment(), out);
        }
        writeNames(table.primaryKey(), out);
        out.writeLong(planning);
        writeNames(dropped, out);
        writeNames(added, out);
        writeNames(new ArrayList<>(inOldRows.keySet()), out);
        writeNames(new ArrayList<>(inOldRows.values()), out);
        return out.getCopyOfBuffer();
    }

    private static void writeNames(List<String> names, DataOutputSerializer out) throws IOException {
        out.writeInt(names.size());
        for (String name : names) {
            StringValue.writeString(name, out);
        }
    }

    private static List<String> readNames(DataInputDeserializer in) throws IOException {
        List<String> names = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            names.add(StringValue.readString(in));
        }
        return names;
    }

    public static SourceTableState fromBytes(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        int version = in.readInt();
        if (version < 1 || version > VERSION) {
            throw new IOException("The pieclouddb sink cannot restore source tables of version " + version
                    + ": they were written by a newer connector; this one knows versions 1 to " + VERSION + ".");
        }
        long changedAt = in.readLong();
        SourceTable.Builder table = SourceTable.of(StringValue.readString(in), StringValue.readString(in))
                .comment(StringValue.readString(in));
        for (int left = in.readInt(); left > 0; left--) {
            table.column(
                    StringValue.readString(in),
                    StringValue.readString(in),
                    in.readBoolean(),
                    StringValue.readString(in));
        }
        SourceTable read = table.primaryKey(readNames(in)).build();
        if (version == 1) {
            return new SourceTableState(read, changedAt, 0, List.of(), List.of(), Map.of());
        }
        long planning = in.readLong();
        List<String> dropped = readNames(in);
        List<String> added = readNames(in);
        return new SourceTableState(
                read, changedAt, planning, dropped, added, version == 2 ? Map.of() : readValues(in));
    }

    private static Map<String, String> readValues(DataInputDeserializer in) throws IOException {
        List<String> columns = readNames(in);
        List<String> values = readNames(in);
        Map<String, String> read = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            read.put(columns.get(i), values.get(i));
        }
        return read;
    }
}
