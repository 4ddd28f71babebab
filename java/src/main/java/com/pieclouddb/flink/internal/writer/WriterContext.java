package com.pieclouddb.flink.internal.writer;

import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/**
 * What Flink tells a writer about its place, copied out of the context types that differ between Flink's versions.
 *
 * <p>It is a plain value and lives as long as the writer.
 */
@Internal
public final class WriterContext {

    private final String place;
    private final int subtask;
    private final int parallelism;
    private final int attempt;
    private final SinkWriterMetricGroup metrics;
    private final ProcessingTimeService timers;

    /**
     * @param place the job and its operator: one sink object may have several places in a job, and several jobs
     */
    public WriterContext(
            String place,
            int subtask,
            int parallelism,
            int attempt,
            SinkWriterMetricGroup metrics,
            ProcessingTimeService timers) {
        this.place = place;
        this.subtask = subtask;
        this.parallelism = parallelism;
        this.attempt = attempt;
        this.metrics = metrics;
        this.timers = timers;
    }

    public String place() {
        return place;
    }

    int subtask() {
        return subtask;
    }

    int parallelism() {
        return parallelism;
    }

    int attempt() {
        return attempt;
    }

    SinkWriterMetricGroup metrics() {
        return metrics;
    }

    ProcessingTimeService timers() {
        return timers;
    }
}
