package com.pieclouddb.flink.internal.writer;

import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;
import org.apache.flink.annotation.Internal;

/**
 * What a writer leaves in a checkpoint: the identity of the sink, which outlives jobs and rescaling, and with
 * exactly-once what it staged last and which of how many writers it was.
 *
 * <p>No row is in it: a checkpoint completes only after every row is durable on the server.
 */
@Internal
public final class WriterState {

    private final UUID sinkId;
    private final int subtask;
    private final int parallelism;
    private final byte[] staged;

    /** Nothing waits for a committer. */
    public WriterState(UUID sinkId) {
        this(sinkId, 0, 0, new byte[0]);
    }

    public WriterState(UUID sinkId, int subtask, int parallelism, byte[] staged) {
        this.sinkId = Objects.requireNonNull(sinkId, "sinkId");
        this.subtask = subtask;
        this.parallelism = parallelism;
        this.staged = Objects.requireNonNull(staged, "staged");
    }

    public UUID sinkId() {
        return sinkId;
    }

    /** Whether something may wait for a committer: what follows is known then. */
    boolean hasStaged() {
        return staged.length > 0;
    }

    int subtask() {
        return subtask;
    }

    int parallelism() {
        return parallelism;
    }

    /** As the native half handed it over. */
    public byte[] staged() {
        return staged;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof WriterState)) {
            return false;
        }
        WriterState that = (WriterState) other;
        return sinkId.equals(that.sinkId)
                && subtask == that.subtask
                && parallelism == that.parallelism
                && Arrays.equals(staged, that.staged);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sinkId, subtask, parallelism, Arrays.hashCode(staged));
    }

    @Override
    public String toString() {
        return "WriterState{sinkId=" + sinkId + ", staged=" + staged.length + " bytes}";
    }
}
