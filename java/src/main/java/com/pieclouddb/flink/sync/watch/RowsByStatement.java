package com.pieclouddb.flink.sync.watch;

/** What is said of rows that a session changed by statement: the log has the words and no row. */
final class RowsByStatement {

    private RowsByStatement() {}

    /**
     * Why the log is not read past the statement.
     *
     * @param database the session's own; null or empty where it has none, or none is told
     */
    static String reason(String database) {
        String of = database == null || database.isEmpty()
                ? "of a database that the log does not name"
                : "of database '" + database + "', or of one that is followed,";
        return "a session changed rows " + of
                + " by statement instead of by row (binlog_format): Flink CDC reads no row of it, and of which table is"
                + " not known";
    }
}
