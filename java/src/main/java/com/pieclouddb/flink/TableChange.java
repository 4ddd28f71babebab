package com.pieclouddb.flink;

import java.util.Objects;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.data.RowData;

/**
 * One thing that happens to one table: its schema becomes known or changes, or a row of it changes.
 *
 * <p>A row is read before the call that takes it returns, so a converter may use one instance of it again and again. It
 * is not kept and never crosses a network.
 */
@PublicEvolving
public final class TableChange {

    private final TableId table;
    private final TableSchema schema;
    private final RowData row;

    private TableChange(TableId table, TableSchema schema, RowData row) {
        this.table = Objects.requireNonNull(table, "table");
        this.schema = schema;
        this.row = row;
    }

    /**
     * The schema of all rows of a table that follow. Saying what is known already costs nothing.
     *
     * @param table the table
     * @param schema its columns and key
     * @return the change
     */
    public static TableChange schema(TableId table, TableSchema schema) {
        return new TableChange(table, Objects.requireNonNull(schema, "schema"), null);
    }

    /**
     * A changed row; its {@code RowKind} says what happens to its key, as in {@link RowConverter}.
     *
     * @param table the table
     * @param row fields in the order of the table's schema
     * @return the change
     */
    public static TableChange row(TableId table, RowData row) {
        return new TableChange(table, null, Objects.requireNonNull(row, "row"));
    }

    /**
     * The table that is changed.
     *
     * @return its id, never null
     */
    public TableId table() {
        return table;
    }

    /**
     * The new schema.
     *
     * @return null where the change is a row
     */
    public TableSchema schema() {
        return schema;
    }

    /**
     * The changed row.
     *
     * @return null where the change is a schema
     */
    public RowData row() {
        return row;
    }
}
