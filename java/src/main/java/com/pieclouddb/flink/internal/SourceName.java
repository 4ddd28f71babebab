package com.pieclouddb.flink.internal;

import com.pieclouddb.flink.SourceTable;

/** Database and table of the source; a dot is part of either name. */
final class SourceName {

    private final String database;
    private final String table;

    SourceName(String database, String table) {
        this.database = database;
        this.table = table;
    }

    static SourceName of(SourceTable table) {
        return new SourceName(table.database(), table.table());
    }

    String database() {
        return database;
    }

    String table() {
        return table;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceName && database.equals(((SourceName) other).database)
                && table.equals(((SourceName) other).table);
    }

    @Override
    public int hashCode() {
        return 31 * database.hashCode() + table.hashCode();
    }

    @Override
    public String toString() {
        return database + "." + table;
    }
}
