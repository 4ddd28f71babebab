package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.jni.NativeSession;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import com.pieclouddb.flink.internal.writer.LoadWriter;
import com.pieclouddb.flink.internal.writer.WriterContext;
import com.pieclouddb.flink.internal.writer.WriterState;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import org.apache.flink.annotation.Internal;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Everything that one sink's subtasks have in common, whatever they load, checked as a whole.
 *
 * <p>It is built while the job is planned, learns about checkpoints when Flink expands the sink ({@link
 * PreWriteTopology}), and travels to the writers inside the sink object. By itself it never loads the native library.
 *
 * @param <T> the stream's type
 */
@Internal
public abstract class SinkPlan<T> implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Of a BATCH job's only commit: what Flink gives a checkpoint by default. */
    private static final Duration WITHOUT_CHECKPOINTS = Duration.ofMinutes(10);

    private final SinkSettings settings;
    /** Drawn when the sink is built. */
    private final UUID sinkId = UUID.randomUUID();

    private Duration checkpointTimeout = Duration.ZERO;

    /** What the user called the sink, or null. */
    private String uid;

    SinkPlan(SinkSettings settings) {
        this.settings = settings;
    }

    /**
     * Leads the stream to the writers.
     *
     * @param in the user's stream
     */
    abstract DataStream<T> route(DataStream<T> in);

    /**
     * Opens one subtask's writer, for what {@link #route} brings.
     *
     * @param context the subtask's place
     * @param recovered the states of any number of earlier writers
     * @param sessions opens a session from its spec text
     * @return the writer
     */
    public abstract LoadWriter<T> openWriter(
            WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions) throws IOException;

    /** Opens sessions of the native half: what writers and committers of a running job use. */
    public final LoadSession.Opener sessions() {
        String libraryDirectory =
                settings.find(PieCloudDBOptions.NATIVE_LIBRARY_DIRECTORY).orElse(null);
        return spec -> NativeSession.open(spec, libraryDirectory);
    }

    /** Whether all changes of a key go to one writer, which bounds the number of writers. */
    public abstract boolean routesByKey();

    /** How many connections one writer may have. */
    public abstract int connections();

    /** Told once, before the sink is shipped. */
    public void learn(String sinkUid, Duration timeout) {
        this.uid = sinkUid;
        this.checkpointTimeout = timeout;
    }

    /** The uid that the user gave to the sink, or null. */
    public final String uid() {
        return uid;
    }

    public final SinkSettings settings() {
        return settings;
    }

    /**
     * The identity of a sink that no state tells: the same in every subtask and attempt, and another one for each place
     * that one sink object has in a job, and for each job that runs it.
     *
     * @param context one of its writers'
     */
    public final UUID sinkId(WriterContext context) {
        return UUID.nameUUIDFromBytes((sinkId + " " + context.place()).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether rows become visible once, when their checkpoint has completed, by a committer. */
    public final boolean isExactlyOnce() {
        return settings.get(PieCloudDBOptions.DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE;
    }

    /**
     * The text of a session that publishes what exactly-once writers of this sink staged.
     *
     * @param sink the id that they were recovered with
     * @param wholeJob whether what it publishes is all that the job ever does
     */
    public final String committerSession(UUID sink, boolean wholeJob) {
        return SpecText.committer(this, WriterIdentity.committer(sink), wholeJob);
    }

    /** How long a commit that fails is tried again. */
    public final Duration commitTimeout() {
        return hasCheckpoints() ? checkpointTimeout : WITHOUT_CHECKPOINTS;
    }

    /** Of the checkpoints that make rows visible; zero where there are none. */
    final Duration checkpointTimeout() {
        return checkpointTimeout;
    }

    /** Whether checkpoints make rows visible; without them the writer must do it by itself. */
    public final boolean hasCheckpoints() {
        return !checkpointTimeout.isZero();
    }

    /**
     * How long a merge may wait for a lock, never endlessly: with checkpoints a wait longer than theirs is pointless,
     * without them it is as bad as a server that stands still.
     */
    public final Duration lockTimeout() {
        return hasCheckpoints() ? checkpointTimeout.dividedBy(2) : settings.get(PieCloudDBOptions.STALL_TIMEOUT);
    }
}
