package com.pieclouddb.flink.internal.metrics;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.LoadSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.annotation.Internal;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/**
 * A writer's metrics, fed from the native half's exact counters.
 *
 * <p>It asks the native half on the task thread only, after each batch and flush; the gauges may be read by any thread
 * and show what was last read. Tables are read after each flush, and between flushes at most once a second. Before a
 * table is open there is nothing to read.
 */
@Internal
public final class SinkMetrics {

    private static final int NO_TABLE = -1;
    private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LoadSession session;
    private final int maxTables;
    private final MetricGroup own;
    private final List<String> names;
    private final Counter recordsSend;
    private final Counter bytesSend;
    private final Counter recordsSendErrors;
    private final int rowsSlot;
    private final int bytesSlot;
    private final int flushMicrosSlot;
    private final List<SessionGauge> gauges = new ArrayList<>();
    private final List<TableMetrics> tables = new ArrayList<>();
    private final long[] values;

    /** The table through which the session's values are read. */
    private int reader = NO_TABLE;

    private boolean hasRest;
    private long refreshedNanos = System.nanoTime();
    private volatile long lastFlushMillis;
    private volatile long lastCommitNanos = System.nanoTime();

    public SinkMetrics(SinkWriterMetricGroup group, LoadSession session, int maxTables) throws PieCloudDBException {
        this.session = session;
        this.maxTables = maxTables;
        recordsSend = group.getNumRecordsSendCounter();
        bytesSend = group.getNumBytesSendCounter();
        recordsSendErrors = group.getNumRecordsSendErrorsCounter();
        names = session.metricNames();
        rowsSlot = SinkMetric.RECORDS_SEND.slot(names);
        bytesSlot = SinkMetric.BYTES_SEND.slot(names);
        flushMicrosSlot = SinkMetric.SEND_TIME.slot(names);
        values = new long[names.size()];
        group.setCurrentSendTimeGauge(() -> lastFlushMillis);
        own = group.addGroup(SinkMetric.GROUP);
        own.gauge(
                SinkMetric.SINCE_COMMIT.metric(),
                () -> TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastCommitNanos));
        for (SinkMetric metric : List.of(
                SinkMetric.BUFFERED_BYTES, SinkMetric.POOL_IN_USE, SinkMetric.POOL_WAITING, SinkMetric.POOL_SWITCHES)) {
            SessionGauge gauge = new SessionGauge(metric.slot(names));
            gauges.add(gauge);
            own.gauge(metric.metric(), () -> gauge.value);
        }
    }

    /** Reads the session's values from now on, through a table without metrics of its own. */
    public void readBy(int table) {
        reader = table;
    }

    /** Gives an open table metrics of its own, or of the rest's; once is enough. */
    public void addTable(int table, TableId id) throws PieCloudDBException {
        reader = table;
        boolean isRest = table >= maxTables;
        if (isRest && hasRest || tables.stream().anyMatch(known -> known.table() == table)) {
            return;
        }
        hasRest |= isRest;
        MetricGroup group = own.addGroup(SinkMetric.TABLE_GROUP, isRest ? SinkMetric.REST : id.toString());
        tables.add(new TableMetrics(table, names, group));
    }

    /** After a batch was taken. */
    public void update() throws PieCloudDBException {
        readSession();
        if (System.nanoTime() - refreshedNanos >= REFRESH_NANOS) {
            readTables();
        }
    }

    /** After a flush succeeded. */
    public void flushed() throws PieCloudDBException {
        readSession();
        readTables();
        lastFlushMillis = TimeUnit.MICROSECONDS.toMillis(values[flushMicrosSlot]);
        lastCommitNanos = System.nanoTime();
    }

    /** After a failure that took these rows with it; Flink replays them. */
    public void failed(long rows) {
        recordsSendErrors.inc(rows);
    }

    private void readSession() throws PieCloudDBException {
        if (reader == NO_TABLE) {
            return;
        }
        long rowsBefore = values[rowsSlot];
        long bytesBefore = values[bytesSlot];
        session.readMetrics(reader, values);
        recordsSend.inc(values[rowsSlot] - rowsBefore);
        bytesSend.inc(values[bytesSlot] - bytesBefore);
        for (SessionGauge gauge : gauges) {
            gauge.value = values[gauge.slot];
        }
    }

    private void readTables() throws PieCloudDBException {
        for (TableMetrics table : tables) {
            table.read(session);
        }
        refreshedNanos = System.nanoTime();
    }

    /** The last value of one of the session's slots. */
    private static final class SessionGauge {

        private final int slot;
        private volatile long value;

        SessionGauge(int slot) {
            this.slot = slot;
        }
    }
}
