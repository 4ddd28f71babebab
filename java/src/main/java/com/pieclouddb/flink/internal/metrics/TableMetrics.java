package com.pieclouddb.flink.internal.metrics;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.jni.LoadSession;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * The gauges of one table, or of all that share the native half's last set of counters.
 *
 * <p>Read on the task thread, shown to any. An age grows between two readings by itself.
 */
final class TableMetrics {

    private final int table;
    private final int size;
    private volatile Reading last;

    TableMetrics(int table, List<String> names, MetricGroup group) throws PieCloudDBException {
        this.table = table;
        size = names.size();
        last = new Reading(new long[size]);
        for (SinkMetric metric : SinkMetric.values()) {
            if (metric.place() == SinkMetric.Place.TABLE) {
                group.gauge(metric.metric(), gauge(metric, metric.slot(names)));
            }
        }
    }

    int table() {
        return table;
    }

    void read(LoadSession session) throws PieCloudDBException {
        Reading reading = new Reading(new long[size]);
        session.readMetrics(table, reading.values);
        last = reading;
    }

    private Gauge<Long> gauge(SinkMetric metric, int slot) {
        switch (metric) {
            case LAST_MERGE:
                return () -> TimeUnit.MICROSECONDS.toMillis(last.values[slot]);
            case OLDEST_UNFLUSHED:
                return () -> last.age(slot);
            default:
                return () -> last.values[slot];
        }
    }

    /** All values of one moment. */
    private static final class Reading {

        private final long[] values;
        private final long nanos = System.nanoTime();

        Reading(long[] values) {
            this.values = values;
        }

        long age(int slot) {
            long then = values[slot];
            return then == 0 ? 0 : then + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
        }
    }
}
