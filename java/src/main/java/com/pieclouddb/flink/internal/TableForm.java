package com.pieclouddb.flink.internal;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import com.pieclouddb.flink.TableId;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * A table and how it is opened, as bytes that are made once and sent often.
 *
 * <p>Each router tells it to each slot of each table, so most copies arrive where it is known already: it is packed once,
 * writing and reading it is copying few bytes, and only who needs it has its texts unpacked.
 */
final class TableForm {

    private final byte[] schema;
    private final byte[] table;
    private final byte[] packedSpec;

    private TableForm(byte[] schema, byte[] table, byte[] packedSpec) {
        this.schema = schema;
        this.table = table;
        this.packedSpec = packedSpec;
    }

    static TableForm of(TableId table, String spec) {
        return new TableForm(bytes(table.schema()), bytes(table.table()), packed(bytes(spec)));
    }

    /** The table, of the session's database. */
    TableId table() {
        return TableId.of(text(schema), text(table));
    }

    /** The table's text for the native half. */
    String spec() throws IOException {
        try (InflaterInputStream unpacked = new InflaterInputStream(new ByteArrayInputStream(packedSpec))) {
            return text(unpacked.readAllBytes());
        }
    }

    void write(DataOutputView out) throws IOException {
        for (byte[] part : new byte[][] {schema, table, packedSpec}) {
            out.writeInt(part.length);
            out.write(part);
        }
    }

    static TableForm read(DataInputView in) throws IOException {
        return new TableForm(part(in), part(in), part(in));
    }

    private static byte[] part(DataInputView in) throws IOException {
        byte[] part = new byte[in.readInt()];
        in.readFully(part);
        return part;
    }

    private static byte[] packed(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream packing = new DeflaterOutputStream(packed)) {
            packing.write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written to", e);
        }
        return packed.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
