package com.pieclouddb.flink.it;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Keeps the metrics of the sink's writers and of the source's enumerator, also after their job has ended; one job at a
 * time.
 */
public final class MetricsCapture implements MetricReporterFactory, MetricReporter {

    private static final Map<String, Metric> METRICS = new ConcurrentHashMap<>();

    /** A job with this option is captured. */
    static final String OPTION = "metrics.reporter.capture.factory.class";

    static void clear() {
        METRICS.clear();
    }

    static long counter(String name) {
        return ((Counter) METRICS.get(name)).getCount();
    }

    static Object gauge(String name) {
        return ((Gauge<?>) METRICS.get(name)).getValue();
    }

    @Override
    public MetricReporter createMetricReporter(Properties properties) {
        return this;
    }

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {}

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        String identifier = group.getMetricIdentifier(name);
        if (identifier.contains("Writer")) {
            String scope = identifier.contains(".pieclouddb.") ? "pieclouddb." : "";
            METRICS.put(scope + name, metric);
        } else if (identifier.contains(".enumerator.")) {
            METRICS.put("enumerator." + name, metric);
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
