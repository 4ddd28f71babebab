package com.pieclouddb.flink.internal.schema;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.types.StringValue;

/**
 * A table's schema and when a router learnt it, in a form that outlives the job.
 *
 * <p>Promises to read back every version of its bytes that was ever released and to refuse any other by name. Types are
 * kept as SQL text, which Flink reads back in every version. It keeps no row.
 */
@Internal
public final class TableSchemaState {

    private static final int VERSION = 1;

    private final TableId table;
    private final TableSchema schema;
    private final long changedAt;

    public TableSchemaState(TableId table, TableSchema schema, long changedAt) {
        this.table = table;
        this.schema = schema;
        this.changedAt = changedAt;
    }

    public TableId table() {
        return table;
    }

    public TableSchema schema() {
        return schema;
    }

    /** Milliseconds since 1970; of two schemas of a table the later one counts. */
    public long changedAt() {
        return changedAt;
    }

    public byte[] toBytes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(256);
        out.writeInt(VERSION);
        out.writeLong(changedAt);
        StringValue.writeString(table.schema(), out);
        StringValue.writeString(table.table(), out);
        out.writeInt(schema.rowType().getFieldCount());
        for (RowType.RowField field : schema.rowType().getFields()) {
            StringValue.writeString(field.getName(), out);
            StringValue.writeString(field.getType().asSerializableString(), out);
        }
        out.writeInt(schema.primaryKey().size());
        for (String column : schema.primaryKey()) {
            StringValue.writeString(column, out);
        }
        return out.getCopyOfBuffer();
    }

    public static TableSchemaState fromBytes(byte[] bytes, ClassLoader classLoader) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        int version = in.readInt();
        if (version != VERSION) {
            throw new IOException("The pieclouddb sink cannot restore table schemas of version " + version
                    + ": they were written by a newer connector; this one knows version " + VERSION + ".");
        }
        long changedAt = in.readLong();
        TableId table = TableId.of(StringValue.readString(in), StringValue.readString(in));
        int columns = in.readInt();
        List<RowType.RowField> fields = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            String name = StringValue.readString(in);
            fields.add(new RowType.RowField(name, LogicalTypeParser.parse(StringValue.readString(in), classLoader)));
        }
        int keys = in.readInt();
        List<String> key = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            key.add(StringValue.readString(in));
        }
        return new TableSchemaState(table, TableSchema.of(new RowType(false, fields), key), changedAt);
    }
}
