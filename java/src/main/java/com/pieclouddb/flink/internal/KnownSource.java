package com.pieclouddb.flink.internal;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.StringValue;

import com.pieclouddb.flink.SourceTable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A source table's definition and when a router learnt it, in a form that outlives the job.
 *
 * <p>Promises to read back every version of its bytes that was ever released and to refuse any other by name.
 */
final class KnownSource {

    private static final int VERSION = 1;

    private final SourceTable table;
    private final long changedAt;

    KnownSource(SourceTable table, long changedAt) {
        this.table = table;
        this.changedAt = changedAt;
    }

    SourceTable table() {
        return table;
    }

    /** Milliseconds since 1970, 0 for one that came with the job; of two definitions of a table the later one counts. */
    long changedAt() {
        return changedAt;
    }

    KnownSource later(KnownSource other) {
        return other.changedAt > changedAt ? other : this;
    }

    byte[] toBytes() throws IOException {
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
        out.writeInt(table.primaryKey().size());
        for (String column : table.primaryKey()) {
            StringValue.writeString(column, out);
        }
        return out.getCopyOfBuffer();
    }

    static KnownSource fromBytes(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        int version = in.readInt();
        if (version != VERSION) {
            throw new IOException("The pieclouddb sink cannot restore source tables of version " + version
                    + ": they were written by a newer connector; this one knows version " + VERSION + ".");
        }
        long changedAt = in.readLong();
        SourceTable.Builder table = SourceTable.of(StringValue.readString(in), StringValue.readString(in))
                .comment(StringValue.readString(in));
        for (int left = in.readInt(); left > 0; left--) {
            table.column(StringValue.readString(in), StringValue.readString(in), in.readBoolean(),
                    StringValue.readString(in));
        }
        List<String> key = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            key.add(StringValue.readString(in));
        }
        return new KnownSource(table.primaryKey(key).build(), changedAt);
    }
}
