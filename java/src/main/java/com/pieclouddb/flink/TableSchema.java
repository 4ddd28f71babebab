package com.pieclouddb.flink;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.types.logical.RowType;

/**
 * The columns of a table and those that identify a row, as a {@link TableChangeConverter} knows them.
 *
 * <p>Promises that key columns exist and come once. Schemas are equal when they have the same columns, types and keys
 * in the same order; comments of columns do not count. It does not know the server's table: what fits there is checked
 * when the table is opened.
 */
@PublicEvolving
public final class TableSchema implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Names and types of the columns. */
    private final RowType rowType;

    /** Names of the key columns. */
    private final List<String> primaryKey;

    private TableSchema(RowType rowType, List<String> primaryKey) {
        this.rowType = rowType;
        this.primaryKey = primaryKey;
    }

    /**
     * Checks and keeps columns and key.
     *
     * @param rowType names and types of the columns
     * @param primaryKey names of the key columns, none for a table without a key
     * @return the schema
     */
    public static TableSchema of(RowType rowType, String... primaryKey) {
        return of(rowType, Arrays.asList(primaryKey));
    }

    /**
     * The same with the key as a list.
     *
     * @param rowType names and types of the columns
     * @param primaryKey names of the key columns, empty for a table without a key
     * @return the schema
     */
    public static TableSchema of(RowType rowType, List<String> primaryKey) {
        if (rowType.getFieldCount() == 0) {
            throw new IllegalArgumentException("A TableSchema needs at least one column.");
        }
        for (int i = 0; i < primaryKey.size(); i++) {
            String column = primaryKey.get(i);
            if (!rowType.getFieldNames().contains(column)) {
                throw new IllegalArgumentException("The primary key column '" + column
                        + "' is not a column of the schema, which has " + rowType.getFieldNames() + ".");
            }
            if (primaryKey.indexOf(column) != i) {
                throw new IllegalArgumentException("The primary key names column '" + column + "' twice.");
            }
        }
        // Without what says nothing about stored values, so that a schema read back from a checkpoint is equal.
        RowType plain = new RowType(
                false,
                rowType.getFields().stream()
                        .map(field -> new RowType.RowField(field.getName(), field.getType()))
                        .collect(Collectors.toList()));
        return new TableSchema(plain, List.copyOf(primaryKey));
    }

    /**
     * The columns.
     *
     * @return names and types in the order of a row's fields, never nullable as a whole
     */
    public RowType rowType() {
        return rowType;
    }

    /**
     * The columns that identify a row.
     *
     * @return names in the key's order, none for a table without a key
     */
    public List<String> primaryKey() {
        return primaryKey;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof TableSchema
                        && rowType.equals(((TableSchema) other).rowType)
                        && primaryKey.equals(((TableSchema) other).primaryKey);
    }

    @Override
    public int hashCode() {
        return Objects.hash(rowType, primaryKey);
    }

    @Override
    public String toString() {
        return rowType.asSummaryString() + (primaryKey.isEmpty() ? " without a key" : " with key " + primaryKey);
    }
}
