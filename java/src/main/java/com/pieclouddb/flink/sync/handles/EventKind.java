package com.pieclouddb.flink.sync.handles;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
    /** Rows that the server reads from a file which stands in the log too; which table, the server's words say. */
    LOAD,
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
            Map.entry("EXECUTE_LOAD_QUERY", LOAD),
            Map.entry("LOAD", UNREAD),
            Map.entry("NEW_LOAD", UNREAD),
            Map.entry("PRE_GA_WRITE_ROWS", UNREAD),
            Map.entry("PRE_GA_UPDATE_ROWS", UNREAD),
            Map.entry("PRE_GA_DELETE_ROWS", UNREAD));

    /** Those that have no part in what rows are, or one that another event tells. */
    private static final Set<String> OTHERS = Set.of(
            "START_V3",
            "STOP",
            "INTVAR",
            "SLAVE",
            "CREATE_FILE",
            "APPEND_BLOCK",
            "EXEC_LOAD",
            "DELETE_FILE",
            "RAND",
            "USER_VAR",
            "BEGIN_LOAD_QUERY",
            "HEARTBEAT",
            "IGNORABLE",
            "ROWS_QUERY",
            "GTID",
            "ANONYMOUS_GTID",
            "PREVIOUS_GTIDS",
            "TRANSACTION_CONTEXT",
            "VIEW_CHANGE",
            "ANNOTATE_ROWS",
            "MARIADB_GTID",
            "MARIADB_GTID_LIST");

    /** A type that is not known here may hold changes. */
    public static EventKind of(String type) {
        return KINDS.getOrDefault(type, OTHERS.contains(type) ? OTHER : UNREAD);
    }

    /** The names of all types that are known. */
    public static Set<String> types() {
        Set<String> types = new TreeSet<>(KINDS.keySet());
        types.addAll(OTHERS);
        return types;
    }
}
