package com.pieclouddb.flink.internal.metrics;

import com.pieclouddb.flink.PieCloudDBException;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * The one table of the connector's metrics: where each is, its name, the native half's value behind it, its meaning.
 *
 * <p>The documentation reads it too. It registers and reads nothing by itself; {@link SinkMetrics} does.
 */
@Internal
public enum SinkMetric {
    RECORDS_SEND(Place.FLINK, "numRecordsSend", "session_rows_sent", "Rows sent to the server, each once."),
    BYTES_SEND(Place.FLINK, "numBytesSend", "session_bytes_sent", "Bytes of rows in COPY."),
    RECORDS_SEND_ERRORS(
            Place.FLINK, "numRecordsSendErrors", null, "Rows that a failure took with it; Flink replays them."),
    SEND_TIME(Place.FLINK, "currentSendTime", "session_last_flush_micros", "Duration of the last flush, in ms."),

    SINCE_COMMIT(
            Place.WRITER,
            "elapsedSecondsSinceLastSuccessfulCommit",
            null,
            "Seconds since rows were last made durable and visible."),
    BUFFERED_BYTES(
            Place.WRITER, "bufferedBytes", "session_memory_bytes", "How much of sink.buffer.memory-size is in use."),
    POOL_IN_USE(Place.WRITER, "poolInUse", "pool_in_use", "Connections that hold rows which are not visible yet."),
    POOL_WAITING(Place.WRITER, "poolWaiting", "pool_waiting", "Tables with rows that wait for their connection."),
    POOL_SWITCHES(
            Place.WRITER,
            "poolSwitches",
            "pool_switches",
            "How often a connection ended the COPY of one table to begin that of another, flushes left out."),

    ROWS_ACCEPTED(Place.TABLE, "rowsAccepted", "rows_accepted", "Rows taken for the table."),
    ERROR_ROWS(
            Place.TABLE,
            "errorRows",
            "error_rows",
            "Rows left out because the target cannot store a value of theirs and sink.error-rows.action is skip or"
                    + " table."),
    ROWS_IGNORED(
            Place.TABLE,
            "rowsIgnored",
            "rows_ignored",
            "Rows left out by sink.ignore-delete or sink.ignore-update-before."),
    ROWS_SENT(Place.TABLE, "rowsSent", "rows_sent", "Rows sent to the server."),
    ROWS_COMMITTED(Place.TABLE, "rowsCommitted", "rows_committed", "Rows made durable and visible."),
    BYTES_SENT(Place.TABLE, "bytesSent", "bytes_sent", "Bytes of rows in COPY."),
    QUEUED_BYTES(Place.TABLE, "queuedBytes", "queued_bytes", "Encoded bytes that wait to be sent."),
    FLUSHES(Place.TABLE, "flushes", "flushes", "How often rows of the table were made visible."),
    LAST_MERGE(
            Place.TABLE,
            "lastMergeMillis",
            "last_merge_micros",
            "Duration of the last merge, in ms; in append mode of the last flush."),
    OLDEST_UNFLUSHED(
            Place.TABLE,
            "oldestUnflushedMillis",
            "oldest_unflushed_millis",
            "Age of the oldest row that is not visible yet, in ms; 0 where there is none."),

    ROWS_SKIPPED(
            Place.ROUTER,
            "rowsSkipped",
            null,
            "Rows dropped because their table has no key and sink.table-without-key is skip, or because the naming of "
                    + "targets leaves it out.");

    /** The group of all that is not Flink's own. */
    static final String GROUP = "pieclouddb";

    /** The group, by key and value, of what each table has. */
    static final String TABLE_GROUP = "table";

    /** Its value for tables beyond {@code sink.metrics.max-tables}; no table is called so, for lack of a dot. */
    static final String REST = "rest";

    private final Place place;
    private final String metric;
    private final String slotName;
    private final String meaning;

    SinkMetric(Place place, String metric, String slotName, String meaning) {
        this.place = place;
        this.metric = metric;
        this.slotName = slotName;
        this.meaning = meaning;
    }

    Place place() {
        return place;
    }

    String metric() {
        return metric;
    }

    String meaning() {
        return meaning;
    }

    /** Where the native half's values hold it. */
    int slot(List<String> names) throws PieCloudDBException {
        int slot = names.indexOf(slotName);
        if (slot < 0) {
            throw new PieCloudDBException(
                    PieCloudDBException.Kind.INTERNAL, "the native library has no metric " + slotName);
        }
        return slot;
    }

    /** Registers it as a counter of our own group. */
    public Counter counter(MetricGroup operator) {
        return operator.addGroup(GROUP).counter(metric);
    }

    /** Which operator has a metric, and in which group. */
    enum Place {
        FLINK("writer"),
        WRITER("writer, `pieclouddb`"),
        TABLE("writer, `pieclouddb.table.<schema.table>`"),
        ROUTER("router, `pieclouddb`");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
