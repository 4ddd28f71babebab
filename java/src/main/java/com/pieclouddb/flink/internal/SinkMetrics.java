package com.pieclouddb.flink.internal;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

import com.pieclouddb.flink.PieCloudDBException;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Flink's standard sink metrics, fed from the native half's exact counters.
 *
 * <p>{@code numRecordsSend} and {@code numBytesSend} are rows and COPY bytes that went to the server, each once.
 * Counters move on the task thread only, as Flink asks; the gauges may be read by any thread. It asks the native half
 * after each batch and flush, never on its own.
 */
final class SinkMetrics {

    private final LoadSession session;
    private final int table;
    private final Counter recordsSend;
    private final Counter bytesSend;
    private final Counter recordsSendErrors;
    private final int rowsSlot;
    private final int bytesSlot;
    private final int flushMicrosSlot;
    private final int memorySlot;
    private final long[] values;

    private volatile long lastFlushMillis;
    private volatile long bufferedBytes;
    private volatile long lastCommitNanos = System.nanoTime();

    SinkMetrics(SinkWriterMetricGroup group, LoadSession session, int table) throws PieCloudDBException {
        this.session = session;
        this.table = table;
        recordsSend = group.getNumRecordsSendCounter();
        bytesSend = group.getNumBytesSendCounter();
        recordsSendErrors = group.getNumRecordsSendErrorsCounter();
        List<String> names = session.metricNames();
        rowsSlot = slot(names, "session_rows_sent");
        bytesSlot = slot(names, "session_bytes_sent");
        flushMicrosSlot = slot(names, "session_last_flush_micros");
        memorySlot = slot(names, "session_memory_bytes");
        values = new long[names.size()];
        group.setCurrentSendTimeGauge(() -> lastFlushMillis);
        MetricGroup own = group.addGroup("pieclouddb");
        own.gauge("elapsedSecondsSinceLastSuccessfulCommit",
                () -> TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastCommitNanos));
        own.gauge("bufferedBytes", () -> bufferedBytes);
    }

    /** After a batch was taken. */
    void update() throws PieCloudDBException {
        long rowsBefore = values[rowsSlot];
        long bytesBefore = values[bytesSlot];
        session.readMetrics(table, values);
        recordsSend.inc(values[rowsSlot] - rowsBefore);
        bytesSend.inc(values[bytesSlot] - bytesBefore);
        bufferedBytes = values[memorySlot];
    }

    /** After a flush succeeded. */
    void flushed() throws PieCloudDBException {
        update();
        lastFlushMillis = TimeUnit.MICROSECONDS.toMillis(values[flushMicrosSlot]);
        lastCommitNanos = System.nanoTime();
    }

    /** After a failure that took these rows with it; Flink replays them. */
    void failed(long rows) {
        recordsSendErrors.inc(rows);
    }

    private static int slot(List<String> names, String name) throws PieCloudDBException {
        int slot = names.indexOf(name);
        if (slot < 0) {
            throw new PieCloudDBException("INTERNAL", "the native library has no metric " + name);
        }
        return slot;
    }
}
