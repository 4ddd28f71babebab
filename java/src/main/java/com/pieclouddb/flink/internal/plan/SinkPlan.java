package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.jni.NativeSession;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import com.pieclouddb.flink.internal.writer.LoadWriter;
import com.pieclouddb.flink.internal.writer.WriterContext;
import com.pieclouddb.flink.internal.writer.WriterState;
import java.io.IOException;
import java.io.Serializable;
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
    public void configure(String sinkUid, Duration timeout) {
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

    /** Whether rows become visible once, when their checkpoint has completed, by a committer. */
    public final boolean isExactlyOnce() {
        return settings.isExactlyOnce();
    }

    /** What writers and committers are told of it, once it is known how the job runs. */
    public final WriterSetup setup() {
        return new WriterSetup(settings, sinkId, checkpointTimeout, routesByKey(), connections());
    }
}
