package com.pieclouddb.flink.internal.writer;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.operators.ProcessingTimeService;

/** Processing time that passes when a test says so; one timer for each moment is all that a writer needs. */
final class ManualTimers implements ProcessingTimeService {

    private final TreeMap<Long, ProcessingTimeCallback> timers = new TreeMap<>();
    private long now = 1_000;

    @Override
    public long getCurrentProcessingTime() {
        return now;
    }

    @Override
    public ScheduledFuture<?> registerTimer(long timestamp, ProcessingTimeCallback target) {
        timers.merge(timestamp, target, (first, second) -> time -> {
            first.onProcessingTime(time);
            second.onProcessingTime(time);
        });
        return null;
    }

    int waiting() {
        return timers.size();
    }

    void advance(long millis) throws Exception {
        long end = now + millis;
        while (!timers.isEmpty() && timers.firstKey() <= end) {
            Map.Entry<Long, ProcessingTimeCallback> due = timers.pollFirstEntry();
            now = due.getKey();
            due.getValue().onProcessingTime(now);
        }
        now = end;
    }
}
