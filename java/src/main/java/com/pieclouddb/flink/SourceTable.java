package com.pieclouddb.flink;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.annotation.PublicEvolving;

/**
 * A table of MySQL or MariaDB as its database defines it: what the values of its Debezium records are read by.
 *
 * <p>Types are the database's own texts, as {@code COLUMN_TYPE} of {@code information_schema.columns} has them:
 * {@code int(10) unsigned}, {@code datetime(6)}, {@code enum('a','b')}. Names are taken literally. Promises that
 * columns come once and that the key is made of them. It does not know which types there are: the native half reads
 * them, and refuses what it does not know by the column's name.
 */
@PublicEvolving
public final class SourceTable implements Serializable {

    private static final long serialVersionUID = 1L;

    /** The table's database. */
    private final String database;

    /** Its name. */
    private final String table;

    /** Its columns in order. */
    private final List<Column> columns;

    /** Names of the key columns, in the key's order. */
    private final List<String> primaryKey;

    /** Empty for none. */
    private final String comment;

    private SourceTable(Builder builder) {
        database = builder.database;
        table = builder.table;
        columns = List.copyOf(builder.columns);
        primaryKey = List.copyOf(builder.primaryKey);
        comment = builder.comment;
    }

    /**
     * Starts to describe a table.
     *
     * @param database its database
     * @param table its name
     * @return a builder without columns
     */
    public static Builder of(String database, String table) {
        return new Builder(database, table);
    }

    /**
     * The database's name.
     *
     * @return as the source has it
     */
    public String database() {
        return database;
    }

    /**
     * The table's name.
     *
     * @return as the source has it
     */
    public String table() {
        return table;
    }

    /**
     * The columns.
     *
     * @return in the table's order
     */
    public List<Column> columns() {
        return columns;
    }

    /**
     * The columns of the primary key.
     *
     * @return names in the key's order, none for a table without one
     */
    public List<String> primaryKey() {
        return primaryKey;
    }

    /**
     * What a created target is commented with.
     *
     * @return empty for none
     */
    public String comment() {
        return comment;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof SourceTable)) {
            return false;
        }
        SourceTable that = (SourceTable) other;
        return database.equals(that.database)
                && table.equals(that.table)
                && columns.equals(that.columns)
                && primaryKey.equals(that.primaryKey)
                && comment.equals(that.comment);
    }

    @Override
    public int hashCode() {
        return Objects.hash(database, table, columns, primaryKey, comment);
    }

    @Override
    public String toString() {
        return database + "." + table + " " + columns
                + (primaryKey.isEmpty() ? " without a key" : " with key " + primaryKey);
    }

    /** One column: name, type as its database tells it, whether it takes NULL, comment. */
    @PublicEvolving
    public static final class Column implements Serializable {

        private static final long serialVersionUID = 1L;

        /** As the source has it. */
        private final String name;

        /** The database's own text. */
        private final String type;

        /** Whether it takes NULL. */
        private final boolean nullable;

        /** Empty for none. */
        private final String comment;

        private Column(String name, String type, boolean nullable, String comment) {
            this.name = name;
            this.type = type;
            this.nullable = nullable;
            this.comment = comment;
        }

        /**
         * The column's name.
         *
         * @return as the source has it
         */
        public String name() {
            return name;
        }

        /**
         * The type.
         *
         * @return for example {@code bigint(20) unsigned}
         */
        public String type() {
            return type;
        }

        /**
         * Whether the column takes NULL.
         *
         * @return false for NOT NULL
         */
        public boolean nullable() {
            return nullable;
        }

        /**
         * What a created column is commented with.
         *
         * @return empty for none
         */
        public String comment() {
            return comment;
        }

        @Override
        public boolean equals(Object other) {
            if (!(other instanceof Column)) {
                return false;
            }
            Column that = (Column) other;
            return name.equals(that.name)
                    && type.equals(that.type)
                    && nullable == that.nullable
                    && comment.equals(that.comment);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, type, nullable, comment);
        }

        @Override
        public String toString() {
            return name + " " + type + (nullable ? "" : " NOT NULL");
        }
    }

    /** Collects what a table consists of; checked by {@link #build()}. */
    @PublicEvolving
    public static final class Builder {

        private final String database;
        private final String table;
        private final List<Column> columns = new ArrayList<>();
        private List<String> primaryKey = List.of();
        private String comment = "";

        private Builder(String database, String table) {
            this.database = database;
            this.table = table;
        }

        /**
         * Adds a column behind those that are there.
         *
         * @param name its name
         * @param type its type as the database tells it
         * @param nullable whether it takes NULL
         * @return this builder
         */
        public Builder column(String name, String type, boolean nullable) {
            return column(name, type, nullable, null);
        }

        /**
         * The same with a comment.
         *
         * @param name its name
         * @param type its type as the database tells it
         * @param nullable whether it takes NULL
         * @param comment null or empty for none
         * @return this builder
         */
        public Builder column(String name, String type, boolean nullable, String comment) {
            columns.add(new Column(name, type, nullable, comment == null ? "" : comment));
            return this;
        }

        /**
         * The columns that identify a row.
         *
         * @param columns their names
         * @return this builder
         */
        public Builder primaryKey(String... columns) {
            return primaryKey(Arrays.asList(columns));
        }

        /**
         * The same as a list.
         *
         * @param columns their names
         * @return this builder
         */
        public Builder primaryKey(List<String> columns) {
            primaryKey = columns;
            return this;
        }

        /**
         * The table's comment.
         *
         * @param comment null or empty for none
         * @return this builder
         */
        public Builder comment(String comment) {
            this.comment = comment == null ? "" : comment;
            return this;
        }

        /**
         * Checks the whole.
         *
         * @return the table
         */
        public SourceTable build() {
            require(isNamed(database) && isNamed(table), "needs the names of database and table");
            require(!columns.isEmpty(), "needs at least one column");
            Set<String> names = new HashSet<>();
            for (Column column : columns) {
                require(isNamed(column.name), "has a column without a name");
                require(isNamed(column.type), "has the column '" + column.name + "' without a type");
                require(names.add(column.name), "has the column '" + column.name + "' twice");
            }
            Set<String> key = new HashSet<>();
            for (String column : primaryKey) {
                require(names.contains(column), "has no column '" + column + "', which its primary key names");
                require(key.add(column), "names the column '" + column + "' twice in its primary key");
            }
            return new SourceTable(this);
        }

        private static boolean isNamed(String text) {
            return text != null && !text.isEmpty();
        }

        private void require(boolean good, String problem) {
            if (!good) {
                throw new IllegalArgumentException("The SourceTable '" + database + "." + table + "' " + problem + ".");
            }
        }
    }
}
