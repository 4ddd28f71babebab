package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;

import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.internal.legacy.LegacySink;

/**
 * Chooses the shape of the sink that the running line of Flink understands: the one place that names such a shape.
 */
@Internal
public final class SinkLine {

    private SinkLine() {}

    public static <T> PieCloudDBSink<T> create(SinkPlan<T> plan) {
        return new LegacySink<>(plan);
    }
}
