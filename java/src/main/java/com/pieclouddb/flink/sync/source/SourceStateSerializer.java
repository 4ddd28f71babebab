package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.ServerIdentity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Writes {@link SourceState}: Flink CDC's bytes with the version that they have, and ours behind them.
 *
 * <p>Promises to read what Flink CDC wrote alone: its versions are small numbers, ours are not. Bytes of a version that
 * is newer than this class are refused.
 */
final class SourceStateSerializer implements SimpleVersionedSerializer<SourceState> {

    /** Versions below are Flink CDC's. */
    private static final int FIRST = 1_000_001;

    @Override
    public int getVersion() {
        return FIRST;
    }

    @Override
    public byte[] serialize(SourceState state) throws IOException {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(written)) {
            out.writeInt(state.version());
            out.writeInt(state.inner().length);
            out.write(state.inner());
            out.writeBoolean(state.server() != null);
            if (state.server() != null) {
                out.writeUTF(state.server().toString());
            }
            out.writeBoolean(state.begin() != null);
            if (state.begin() != null) {
                out.writeUTF(state.begin().file());
                out.writeLong(state.begin().position());
                byte[] gtids = state.begin().gtids().getBytes(StandardCharsets.UTF_8);
                out.writeInt(gtids.length);
                out.write(gtids);
            }
        }
        return written.toByteArray();
    }

    @Override
    public SourceState deserialize(int version, byte[] bytes) throws IOException {
        if (version < FIRST) {
            return new SourceState(version, bytes, null, null);
        }
        if (version > FIRST) {
            throw new IOException(
                    "The state of the source was written by a newer version of the connector (" + version + ")");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int innerVersion = in.readInt();
            byte[] inner = read(in);
            ServerIdentity server = in.readBoolean() ? new ServerIdentity(in.readUTF()) : null;
            LogPosition begin = in.readBoolean()
                    ? new LogPosition(in.readUTF(), in.readLong(), new String(read(in), StandardCharsets.UTF_8))
                    : null;
            return new SourceState(innerVersion, inner, server, begin);
        }
    }

    private static byte[] read(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }
}
