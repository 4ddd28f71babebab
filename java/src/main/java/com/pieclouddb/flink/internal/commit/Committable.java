package com.pieclouddb.flink.internal.commit;

import com.pieclouddb.flink.PieCloudDBException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * What exactly-once writers staged for one commit: first one writer's share of a checkpoint, then all shares together.
 *
 * <p>Joining promises that the same shares always make the same manifest, in whatever order they come, and that others
 * make another one: each share has an id of its own, drawn when it was made, and the manifest's is made of those. So a
 * commit that is repeated is recognised, wherever the shares were joined. What is in a share is the native half's
 * alone.
 *
 * <p>A BATCH job commits once. When Flink loses what its writers had handed over it runs them again, and they draw
 * other ids, maybe after the commit; so the manifest of a whole job has an id that is made of the sink's alone.
 */
@Internal
public final class Committable {

    /** Of the manifest; the native half knows which it reads. */
    private static final int FORMAT = 1;

    private static final int ID_BYTES = 2 * Long.BYTES;

    private final UUID sinkId;
    private final boolean wholeJob;
    private final List<Share> shares;

    Committable(UUID sinkId, boolean wholeJob, List<Share> shares) {
        this.sinkId = sinkId;
        this.wholeJob = wholeJob;
        this.shares = List.copyOf(shares);
    }

    /** One writer's share, under a new id. */
    public static Committable of(UUID sinkId, byte[] staged) {
        return new Committable(sinkId, false, List.of(new Share(UUID.randomUUID(), staged)));
    }

    /**
     * All of them as one, each writer's in their order.
     *
     * @param committables at least one
     */
    public static Committable join(Collection<Committable> committables) throws PieCloudDBException {
        List<UUID> sinks = committables.stream().map(c -> c.sinkId).distinct().collect(Collectors.toList());
        if (sinks.size() != 1) {
            throw new PieCloudDBException(
                    PieCloudDBException.Kind.INTERNAL,
                    "one checkpoint brought rows of the sinks " + sinks + ", which belong to different jobs");
        }
        return new Committable(
                sinks.get(0),
                committables.stream().allMatch(c -> c.wholeJob),
                committables.stream().flatMap(c -> c.shares.stream()).collect(Collectors.toList()));
    }

    /** The same as all that the job commits: made again of other shares it is the same manifest. */
    public Committable ofWholeJob() {
        return new Committable(sinkId, true, shares);
    }

    public UUID sinkId() {
        return sinkId;
    }

    public boolean isWholeJob() {
        return wholeJob;
    }

    List<Share> shares() {
        return shares;
    }

    /** The bytes that the native half publishes: format, id, number of shares, and each behind its length. */
    public byte[] manifest() {
        int bytes = 1
                + ID_BYTES
                + Long.BYTES
                + shares.stream().mapToInt(s -> Long.BYTES + s.staged.length).sum();
        UUID id = id();
        ByteBuffer manifest = ByteBuffer.allocate(bytes)
                .put((byte) FORMAT)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .putLong(shares.size());
        shares.forEach(share -> manifest.putLong(share.staged.length).put(share.staged));
        return manifest.array();
    }

    private UUID id() {
        if (wholeJob) {
            return UUID.nameUUIDFromBytes(("all of " + sinkId).getBytes(StandardCharsets.UTF_8));
        }
        List<UUID> ids = new ArrayList<>();
        shares.forEach(share -> ids.add(share.id));
        ids.sort(UUID::compareTo);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ids.forEach(id -> all.writeBytes(bytes(id)));
        return UUID.nameUUIDFromBytes(all.toByteArray());
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(ID_BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    @Override
    public String toString() {
        return "Committable{sinkId=" + sinkId + ", shares=" + shares.size() + "}";
    }

    /** What one writer staged between two of its flushes. */
    static final class Share {

        private final UUID id;
        private final byte[] staged;

        Share(UUID id, byte[] staged) {
            this.id = Objects.requireNonNull(id, "id");
            this.staged = Objects.requireNonNull(staged, "staged");
        }

        UUID id() {
            return id;
        }

        byte[] staged() {
            return staged;
        }
    }
}
