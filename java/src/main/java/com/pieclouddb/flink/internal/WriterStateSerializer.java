package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;
import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Version 1 of {@link WriterState}: the sixteen bytes of the sink's id.
 *
 * <p>Promises to read back every version that was ever released and to refuse any other by name, rather than to guess.
 */
@Internal
public final class WriterStateSerializer implements SimpleVersionedSerializer<WriterState> {

    private static final int VERSION = 1;
    private static final int LENGTH = 2 * Long.BYTES;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(WriterState state) {
        UUID id = state.sinkId();
        return ByteBuffer.allocate(LENGTH)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    @Override
    public WriterState deserialize(int version, byte[] serialized) throws IOException {
        if (version != VERSION) {
            throw new IOException("The pieclouddb sink cannot restore writer state of version " + version
                    + ": it was written by a newer connector; this one knows version " + VERSION + ".");
        }
        if (serialized.length != LENGTH) {
            throw new IOException("The pieclouddb sink's writer state has " + serialized.length + " bytes instead of "
                    + LENGTH + ": the checkpoint is damaged.");
        }
        ByteBuffer bytes = ByteBuffer.wrap(serialized);
        return new WriterState(new UUID(bytes.getLong(), bytes.getLong()));
    }
}
