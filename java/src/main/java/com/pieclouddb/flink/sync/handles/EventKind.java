package com.pieclouddb.flink.sync.handles;

import java.util.Map;
import org.apache.flink.annotation.Internal;

/** What an event of the log is to the watch, by the client's name of its type. */
@Internal
public enum EventKind {
    TABLE_MAP,
    ROWS,
    QUERY,
    COMMIT,
    PREPARE,
    NEW_FILE,
    /** Holds changes, or may, that Flink CDC drops. */
    UNREAD,
    /** The server lost changes, or the client could not read an event. */
    INCIDENT,
    OTHER;

    private static final Map<String, EventKind> KINDS = Map.ofEntries(
            Map.entry("TABLE_MAP", TABLE_MAP),
            Map.entry("WRITE_ROWS", ROWS),
            Map.entry("EXT_WRITE_ROWS", ROWS),
            Map.entry("UPDATE_ROWS", ROWS),
            Map.entry("EXT_UPDATE_ROWS", ROWS),
            Map.entry("DELETE_ROWS", ROWS),
            Map.entry("EXT_DELETE_ROWS", ROWS),
            Map.entry("QUERY", QUERY),
            Map.entry("XID", COMMIT),
            Map.entry("XA_PREPARE", PREPARE),
            Map.entry("ROTATE", NEW_FILE),
            Map.entry("FORMAT_DESCRIPTION", NEW_FILE),
            Map.entry("INCIDENT", INCIDENT),
            Map.entry("UNKNOWN", UNREAD),
            Map.entry("PARTIAL_UPDATE_ROWS_EVENT", UNREAD),
            Map.entry("TRANSACTION_PAYLOAD", UNREAD),
            Map.entry("BEGIN_LOAD_QUERY", UNREAD),
            Map.entry("EXECUTE_LOAD_QUERY", UNREAD),
            Map.entry("LOAD", UNREAD),
            Map.entry("NEW_LOAD", UNREAD),
            Map.entry("PRE_GA_WRITE_ROWS", UNREAD),
            Map.entry("PRE_GA_UPDATE_ROWS", UNREAD),
            Map.entry("PRE_GA_DELETE_ROWS", UNREAD));

    static EventKind of(String type) {
        return KINDS.getOrDefault(type, OTHER);
    }
}
