package com.pieclouddb.flink.internal.metrics;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.OperatorMetricGroup;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/** A metric group that writes down what is registered in it, each under its groups joined by dots. */
public final class RecordingMetrics {

    final Map<String, Gauge<?>> gauges = new TreeMap<>();
    public final Map<String, Counter> counters = new TreeMap<>();

    SinkWriterMetricGroup writer() {
        return group(SinkWriterMetricGroup.class, "");
    }

    public OperatorMetricGroup operator() {
        return group(OperatorMetricGroup.class, "");
    }

    long gauge(String name) {
        return (Long) gauges.get(name).getValue();
    }

    private <G extends MetricGroup> G group(Class<G> type, String scope) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, given) -> {
                    switch (method.getName()) {
                        case "addGroup":
                            return group(
                                    MetricGroup.class,
                                    scope + String.join(".", Arrays.copyOf(given, given.length, String[].class)) + ".");
                        case "gauge":
                            gauges.put(scope + given[0], (Gauge<?>) given[1]);
                            return given[1];
                        case "counter":
                            return counters.computeIfAbsent(scope + given[0], name -> new SimpleCounter());
                        case "setCurrentSendTimeGauge":
                            gauges.put("currentSendTime", (Gauge<?>) given[0]);
                            return null;
                        default:
                            // getNumRecordsSendCounter and the like.
                            String name =
                                    method.getName().substring("getN".length()).replace("Counter", "");
                            return counters.computeIfAbsent("n" + name, n -> new SimpleCounter());
                    }
                }));
    }
}
