package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.SourceTable;
import java.io.Serializable;
import java.util.Comparator;
import org.apache.flink.annotation.Internal;

/** Database and table of the source; a dot is part of either name. */
@Internal
public final class SourceName implements Comparable<SourceName>, Serializable {

    private static final long serialVersionUID = 1L;

    private final String database;
    private final String table;

    public SourceName(String database, String table) {
        this.database = database;
        this.table = table;
    }

    public static SourceName of(SourceTable table) {
        return new SourceName(table.database(), table.table());
    }

    public String database() {
        return database;
    }

    public String table() {
        return table;
    }

    @Override
    public int compareTo(SourceName that) {
        return Comparator.comparing(SourceName::database)
                .thenComparing(SourceName::table)
                .compare(this, that);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceName
                && database.equals(((SourceName) other).database)
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
