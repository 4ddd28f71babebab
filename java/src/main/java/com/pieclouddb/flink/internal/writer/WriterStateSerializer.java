package com.pieclouddb.flink.internal.writer;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Version 2 of {@link WriterState}: the sixteen bytes of the sink's id, and where something is staged subtask,
 * parallelism and what it is; version 1 had the id alone.
 *
 * <p>Promises to read back every version that was ever released and to refuse any other by name, rather than to guess.
 */
@Internal
public final class WriterStateSerializer implements SimpleVersionedSerializer<WriterState> {

    private static final int VERSION = 2;
    private static final int ID_ALONE = 1;
    private static final int ID_BYTES = 2 * Long.BYTES;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(WriterState state) {
        UUID id = state.sinkId();
        int staged = state.hasStaged() ? 2 * Integer.BYTES + state.staged().length : 0;
        ByteBuffer bytes = ByteBuffer.allocate(ID_BYTES + staged)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits());
        if (state.hasStaged()) {
            bytes.putInt(state.subtask()).putInt(state.parallelism()).put(state.staged());
        }
        return bytes.array();
    }

    @Override
    public WriterState deserialize(int version, byte[] serialized) throws IOException {
        if (version < ID_ALONE || version > VERSION) {
            throw new IOException("The pieclouddb sink cannot restore writer state of version " + version
                    + ": it was written by a newer connector; this one knows versions up to " + VERSION + ".");
        }
        ByteBuffer bytes = ByteBuffer.wrap(serialized);
        try {
            UUID id = new UUID(bytes.getLong(), bytes.getLong());
            if (!bytes.hasRemaining()) {
                return new WriterState(id);
            }
            if (version > ID_ALONE) {
                int subtask = bytes.getInt();
                int parallelism = bytes.getInt();
                byte[] staged = new byte[bytes.remaining()];
                bytes.get(staged);
                return new WriterState(id, subtask, parallelism, staged);
            }
        } catch (BufferUnderflowException e) {
            throw damaged(serialized, e);
        }
        throw damaged(serialized, null);
    }

    private static IOException damaged(byte[] serialized, Exception cause) {
        return new IOException(
                "The pieclouddb sink's writer state cannot have " + serialized.length
                        + " bytes: the checkpoint is damaged.",
                cause);
    }
}
