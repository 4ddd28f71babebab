package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.writer.EventReader;
import com.pieclouddb.flink.internal.writer.EventWriter;
import com.pieclouddb.flink.internal.writer.LoadWriter;
import com.pieclouddb.flink.internal.writer.WriterContext;
import com.pieclouddb.flink.internal.writer.WriterState;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.annotation.Internal;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * A sink of a pipeline, which leads each event to its writer by itself: settings, and how its events are read.
 *
 * @param <T> the stream's type
 */
@Internal
public final class PipelinePlan<T> extends SinkPlan<T> {

    private static final long serialVersionUID = 1L;

    private final EventReader.Opener<T> reader;

    public PipelinePlan(SinkSettings settings, EventReader.Opener<T> reader) {
        super(settings);
        this.reader = reader;
    }

    @Override
    DataStream<T> route(DataStream<T> in) {
        return in;
    }

    @Override
    public LoadWriter<T> openWriter(
            WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions) throws IOException {
        return new EventWriter<>(setup(), reader.open(), context, recovered, sessions);
    }

    @Override
    public boolean routesByKey() {
        return settings().find(PieCloudDBOptions.LOAD_MODE).orElse(LoadMode.MERGE) == LoadMode.MERGE;
    }

    @Override
    public int connections() {
        return settings().get(PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE);
    }
}
