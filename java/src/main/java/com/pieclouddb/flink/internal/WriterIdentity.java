package com.pieclouddb.flink.internal;

import java.util.UUID;

/**
 * Which attempt of which writer of which sink a session belongs to: what the server's list of sessions shows, and what
 * the fence compares.
 *
 * <p>It is a plain value.
 */
final class WriterIdentity {

    /** Enough of the sink's id for people; the native half needs room behind the name, and the server keeps 63 bytes. */
    private static final int SINK_DIGITS = 8;

    private final UUID sinkId;
    private final int subtask;
    private final int parallelism;
    private final int attempt;

    WriterIdentity(UUID sinkId, int subtask, int parallelism, int attempt) {
        this.sinkId = sinkId;
        this.subtask = subtask;
        this.parallelism = parallelism;
        this.attempt = attempt;
    }

    UUID sinkId() {
        return sinkId;
    }

    int subtask() {
        return subtask;
    }

    int parallelism() {
        return parallelism;
    }

    String applicationName() {
        return "pieclouddb-flink-" + sinkId.toString().substring(0, SINK_DIGITS) + "-" + subtask + "-" + attempt;
    }
}
