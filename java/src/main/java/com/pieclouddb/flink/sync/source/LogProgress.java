package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.watch.WatchedFetches;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * How far the reader of the log is, held against what the enumerator asks of it.
 *
 * <p>Promises that a question is answered when the reader is behind the place that it was asked for, and not before:
 * the definitions of tables that were there stand in front of it. A reader that stands still although the log goes on,
 * and with nothing that waits to be emitted, has lost its connection or met an event that ends its client without an
 * error: it ends the job. The task's thread alone calls it.
 */
final class LogProgress {

    /** Questions in a row that find the reader at one place. */
    static final int MOST_STANDSTILLS = 3;

    private UnknownTablesRequest request;
    private LogPosition before;
    private int standstills;

    /**
     * Takes a question.
     *
     * @return the answer to it, or to an earlier one; empty while the reader is not that far
     */
    Optional<UnknownTablesReport> ask(UnknownTablesRequest question, WatchedFetches fetches) {
        LogPosition place = fetches.logPlace();
        if (place == null) {
            request = null;
            before = null;
            standstills = 0;
            return Optional.empty();
        }
        checkThatItMoves(place, question.end(), fetches.isDrained());
        request = request == null ? question : request;
        if (place.compareTo(request.end()) < 0) {
            return Optional.empty();
        }
        TreeSet<SourceName> unknown = fetches.unknown(request.tables());
        request = null;
        return Optional.of(new UnknownTablesReport(unknown));
    }

    private void checkThatItMoves(LogPosition place, LogPosition end, boolean isDrained) {
        boolean stands = isDrained && place.equals(before) && place.compareTo(end) < 0;
        standstills = stands ? standstills + 1 : 0;
        before = place;
        if (standstills == MOST_STANDSTILLS) {
            throw new FlinkRuntimeException("The reader of the source's binary log stands still at " + place
                    + ", while the log goes on to " + end
                    + ": its connection is dead without an end, or it met an event that Flink CDC's client does not"
                    + " survive, such as a compressed transaction of MySQL (binlog_transaction_compression)");
        }
    }
}
