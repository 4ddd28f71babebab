package com.pieclouddb.flink;

import java.io.Serializable;
import org.apache.flink.annotation.PublicEvolving;

/**
 * Names one target table of the database mode: database, schema, table.
 *
 * <p>Two ids are equal when all three names are. A session has one database, so an id without one means the sink's, and
 * the sink refuses any other. Names are taken literally: case counts and a dot is part of a name. It does not say
 * whether the table exists.
 */
@PublicEvolving
public final class TableId implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Empty for the sink's own. */
    private final String database;

    /** The schema in it. */
    private final String schema;

    /** The table in that. */
    private final String table;

    private TableId(String database, String schema, String table) {
        this.database = database == null ? "" : database;
        this.schema = schema;
        this.table = table;
        if (schema == null || schema.isEmpty() || table == null || table.isEmpty()) {
            throw new IllegalArgumentException("A TableId needs the names of schema and table, but got schema '"
                    + schema + "' and table '" + table + "'.");
        }
    }

    /**
     * A table of the sink's own database.
     *
     * @param schema its schema
     * @param table its name
     * @return the id
     */
    public static TableId of(String schema, String table) {
        return new TableId(null, schema, table);
    }

    /**
     * A table of a database by name.
     *
     * @param database the sink's {@code database-name}; null or empty means the same
     * @param schema its schema
     * @param table its name
     * @return the id
     */
    public static TableId of(String database, String schema, String table) {
        return new TableId(database, schema, table);
    }

    /**
     * The database's name.
     *
     * @return empty for the sink's own
     */
    public String database() {
        return database;
    }

    /**
     * The schema's name.
     *
     * @return as it was given, never empty
     */
    public String schema() {
        return schema;
    }

    /**
     * The table's name.
     *
     * @return as it was given, never empty
     */
    public String table() {
        return table;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof TableId)) {
            return false;
        }
        TableId that = (TableId) other;
        return table.equals(that.table) && schema.equals(that.schema) && database.equals(that.database);
    }

    /** Made of the names alone: subtasks on different machines route by it. */
    @Override
    public int hashCode() {
        return 31 * (31 * database.hashCode() + schema.hashCode()) + table.hashCode();
    }

    @Override
    public String toString() {
        return (database.isEmpty() ? "" : database + ".") + schema + "." + table;
    }
}
