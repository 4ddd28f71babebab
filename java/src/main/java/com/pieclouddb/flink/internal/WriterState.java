package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;

import java.util.Objects;
import java.util.UUID;

/**
 * What a writer leaves in a checkpoint: the identity of the sink, which outlives jobs and rescaling.
 *
 * <p>No row is in it: a checkpoint completes only after every row is durable on the server.
 */
@Internal
public final class WriterState {

    private final UUID sinkId;

    public WriterState(UUID sinkId) {
        this.sinkId = Objects.requireNonNull(sinkId, "sinkId");
    }

    public UUID sinkId() {
        return sinkId;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WriterState && sinkId.equals(((WriterState) other).sinkId);
    }

    @Override
    public int hashCode() {
        return sinkId.hashCode();
    }

    @Override
    public String toString() {
        return "WriterState{sinkId=" + sinkId + "}";
    }
}
