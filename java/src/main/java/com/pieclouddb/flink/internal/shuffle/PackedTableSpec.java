package com.pieclouddb.flink.internal.shuffle;

import com.pieclouddb.flink.TableId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A table and how it is opened, as bytes that are made once and sent often.
 *
 * <p>Each router tells it to each slot of each table, so most copies arrive where it is known already: it is packed
 * once, writing and reading it is copying few bytes, and only who needs it has its texts unpacked.
 */
@Internal
public final class PackedTableSpec {

    private final byte[] packed;

    /** Both null until somebody asks. */
    private TableId table;

    private String spec;

    private PackedTableSpec(byte[] packed) {
        this.packed = packed;
    }

    public static PackedTableSpec of(TableId table, String spec) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(packed))) {
            for (String text : new String[] {table.schema(), table.table(), spec}) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written to", e);
        }
        return new PackedTableSpec(packed.toByteArray());
    }

    /** The table, of the session's database. */
    public TableId table() {
        unpack();
        return table;
    }

    /** The table's text for the native half. */
    public String spec() {
        unpack();
        return spec;
    }

    private void unpack() {
        if (table != null) {
            return;
        }
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(packed)))) {
            table = TableId.of(text(in), text(in));
            spec = text(in);
        } catch (IOException e) {
            throw new UncheckedIOException("a table's form arrived broken", e);
        }
    }

    void write(DataOutputView out) throws IOException {
        out.writeInt(packed.length);
        out.write(packed);
    }

    static PackedTableSpec read(DataInputView in) throws IOException {
        byte[] packed = new byte[in.readInt()];
        in.readFully(packed);
        return new PackedTableSpec(packed);
    }

    private static String text(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
