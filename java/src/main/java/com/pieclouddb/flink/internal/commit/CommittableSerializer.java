package com.pieclouddb.flink.internal.commit;

import com.pieclouddb.flink.internal.commit.Committable.Share;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Version 2 of {@link Committable}: the sink's id, 1 for a whole job's or 0, and each share's id and bytes behind their
 * length; version 1 had no whole jobs and no number for them.
 *
 * <p>Promises to read back every version that was ever released and to refuse any other by name, rather than to guess.
 */
@Internal
public final class CommittableSerializer implements SimpleVersionedSerializer<Committable> {

    private static final int VERSION = 2;
    private static final int NO_WHOLE_JOBS = 1;
    private static final int ID_BYTES = 2 * Long.BYTES;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(Committable committable) {
        int shares = committable.shares().stream()
                .mapToInt(s -> ID_BYTES + Integer.BYTES + s.staged().length)
                .sum();
        ByteBuffer bytes = ByteBuffer.allocate(ID_BYTES + 1 + shares);
        put(bytes, committable.sinkId());
        bytes.put((byte) (committable.isWholeJob() ? 1 : 0));
        for (Share share : committable.shares()) {
            put(bytes, share.id());
            bytes.putInt(share.staged().length).put(share.staged());
        }
        return bytes.array();
    }

    @Override
    public Committable deserialize(int version, byte[] serialized) throws IOException {
        if (version < NO_WHOLE_JOBS || version > VERSION) {
            throw new IOException("The pieclouddb sink cannot restore committables of version " + version
                    + ": they were written by a newer connector; this one knows versions up to " + VERSION + ".");
        }
        ByteBuffer bytes = ByteBuffer.wrap(serialized);
        try {
            UUID sinkId = id(bytes);
            boolean wholeJob = version > NO_WHOLE_JOBS && flag(bytes);
            List<Share> shares = new ArrayList<>();
            while (bytes.hasRemaining()) {
                UUID id = id(bytes);
                int length = bytes.getInt();
                if (length < 0 || length > bytes.remaining()) {
                    throw new BufferUnderflowException();
                }
                byte[] staged = new byte[length];
                bytes.get(staged);
                shares.add(new Share(id, staged));
            }
            return new Committable(sinkId, wholeJob, shares);
        } catch (BufferUnderflowException e) {
            throw new IOException(
                    "The pieclouddb sink's committable of " + serialized.length
                            + " bytes cannot be one: the checkpoint is damaged.",
                    e);
        }
    }

    private static void put(ByteBuffer bytes, UUID id) {
        bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static boolean flag(ByteBuffer bytes) {
        byte flag = bytes.get();
        if (flag != 0 && flag != 1) {
            throw new BufferUnderflowException();
        }
        return flag == 1;
    }

    private static UUID id(ByteBuffer bytes) {
        return new UUID(bytes.getLong(), bytes.getLong());
    }
}
