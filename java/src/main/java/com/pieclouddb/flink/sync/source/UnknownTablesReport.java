package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.Collection;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SourceEvent;

/**
 * The answer of the reader of the log to {@link UnknownTablesRequest}: those of the tables that it has no definition
 * of.
 */
final class UnknownTablesReport implements SourceEvent {

    private static final long serialVersionUID = 1L;

    private final TreeSet<SourceName> tables;

    UnknownTablesReport(Collection<SourceName> tables) {
        this.tables = new TreeSet<>(tables);
    }

    TreeSet<SourceName> tables() {
        return tables;
    }
}
