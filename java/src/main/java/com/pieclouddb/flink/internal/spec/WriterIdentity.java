package com.pieclouddb.flink.internal.spec;

import java.util.UUID;
import org.apache.flink.annotation.Internal;

/**
 * Which attempt of which writer of which sink a session belongs to: what the server's list of sessions shows, and what
 * the fence compares.
 *
 * <p>It is a plain value.
 */
@Internal
public final class WriterIdentity {

    /**
     * Enough of the sink's id for people; the native half needs room behind the name, and the server keeps 63 bytes.
     */
    private static final int SINK_DIGITS = 8;

    private final UUID sinkId;
    private final int subtask;
    private final int parallelism;

    /** What stands behind the sink's digits. */
    private final String place;

    private final boolean workedBefore;

    private WriterIdentity(UUID sinkId, int subtask, int parallelism, String place, boolean workedBefore) {
        this.sinkId = sinkId;
        this.subtask = subtask;
        this.parallelism = parallelism;
        this.place = place;
        this.workedBefore = workedBefore;
    }

    public static WriterIdentity writer(UUID sinkId, int subtask, int parallelism, int attempt) {
        return new WriterIdentity(sinkId, subtask, parallelism, subtask + "-" + attempt, attempt > 0);
    }

    /** The same writer, which takes up what an earlier one left in a checkpoint. */
    public WriterIdentity restored() {
        return new WriterIdentity(sinkId, subtask, parallelism, place, true);
    }

    /**
     * It is no writer; the native half asks for a number all the same, and uses none. What it publishes into has worked
     * for the writers.
     */
    public static WriterIdentity committer(UUID sinkId) {
        return new WriterIdentity(sinkId, 0, 1, "committer", true);
    }

    public UUID sinkId() {
        return sinkId;
    }

    public int subtask() {
        return subtask;
    }

    public int parallelism() {
        return parallelism;
    }

    /**
     * Whether there was an attempt before this one, in which the server and its tables may have been as they should be.
     */
    boolean workedBefore() {
        return workedBefore;
    }

    String applicationName(String label) {
        return label + "-" + sinkId.toString().substring(0, SINK_DIGITS) + "-" + place;
    }
}
