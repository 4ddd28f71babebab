package com.pieclouddb.flink.internal.spec;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.annotation.Internal;

/**
 * What all writers and the committer of one sink have in common, once it is known how the job runs.
 *
 * <p>It is a plain value: whoever opens a session gets this instead of the plan that it comes from.
 */
@Internal
public final class WriterSetup {

    /** Of a BATCH job's only commit: what Flink gives a checkpoint by default. */
    private static final Duration WITHOUT_CHECKPOINTS = Duration.ofMinutes(10);

    private final SinkSettings settings;
    private final UUID sinkId;
    private final Duration checkpointTimeout;
    private final boolean routesByKey;
    private final int connections;

    /**
     * @param sinkId drawn when the sink was built
     * @param checkpointTimeout of the checkpoints that make rows visible, zero where there are none
     * @param routesByKey whether all changes of a key go to one writer
     * @param connections how many one writer may have
     */
    public WriterSetup(
            SinkSettings settings, UUID sinkId, Duration checkpointTimeout, boolean routesByKey, int connections) {
        this.settings = settings;
        this.sinkId = sinkId;
        this.checkpointTimeout = checkpointTimeout;
        this.routesByKey = routesByKey;
        this.connections = connections;
    }

    public SinkSettings settings() {
        return settings;
    }

    /** Whether all changes of a key go to one writer, which bounds the number of writers. */
    public boolean routesByKey() {
        return routesByKey;
    }

    /** How many connections one writer may have. */
    int connections() {
        return connections;
    }

    /** Whether rows become visible once, when their checkpoint has completed, by a committer. */
    public boolean isExactlyOnce() {
        return settings.isExactlyOnce();
    }

    /**
     * The identity of a sink that no state tells: the same in every subtask and attempt, and another one for each place
     * that one sink object has in a job, and for each job that runs it.
     *
     * @param place the job and its operator
     */
    public UUID sinkId(String place) {
        return UUID.nameUUIDFromBytes((sinkId + " " + place).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether checkpoints make rows visible; without them the writer must do it by itself. */
    public boolean hasCheckpoints() {
        return !checkpointTimeout.isZero();
    }

    /** How long a commit that fails is tried again. */
    Duration commitTimeout() {
        return hasCheckpoints() ? checkpointTimeout : WITHOUT_CHECKPOINTS;
    }

    /**
     * How long a merge may wait for a lock, never endlessly: with checkpoints a wait longer than theirs is pointless,
     * without them it is as bad as a server that stands still.
     */
    public Duration lockTimeout() {
        return hasCheckpoints() ? checkpointTimeout.dividedBy(2) : settings.get(PieCloudDBOptions.STALL_TIMEOUT);
    }
}
