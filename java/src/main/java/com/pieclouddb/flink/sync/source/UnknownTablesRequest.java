package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.util.Collection;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SourceEvent;

/** The enumerator's question to the reader of the log: whether it knows these tables once it is behind a place. */
final class UnknownTablesRequest implements SourceEvent {

    private static final long serialVersionUID = 1L;

    private final TreeSet<SourceName> tables;
    private final LogPosition end;

    /**
     * A question.
     *
     * @param tables that were there
     * @param end of the log, read behind them
     */
    UnknownTablesRequest(Collection<SourceName> tables, LogPosition end) {
        this.tables = new TreeSet<>(tables);
        this.end = end;
    }

    TreeSet<SourceName> tables() {
        return tables;
    }

    LogPosition end() {
        return end;
    }
}
