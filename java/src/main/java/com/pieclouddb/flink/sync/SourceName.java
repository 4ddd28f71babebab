package com.pieclouddb.flink.sync;

import java.util.Comparator;
import java.util.Objects;

/**
 * The name of one table of the source: database and table, both taken literally.
 *
 * <p>A value; its text is what the patterns of Flink CDC are matched against.
 */
final class SourceName implements Comparable<SourceName> {

    private final String database;
    private final String table;

    SourceName(String database, String table) {
        this.database = database;
        this.table = table;
    }

    String database() {
        return database;
    }

    String table() {
        return table;
    }

    @Override
    public int compareTo(SourceName that) {
        return Comparator.comparing(SourceName::database).thenComparing(SourceName::table).compare(this, that);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceName && database.equals(((SourceName) other).database)
                && table.equals(((SourceName) other).table);
    }

    @Override
    public int hashCode() {
        return Objects.hash(database, table);
    }

    @Override
    public String toString() {
        return database + "." + table;
    }
}
