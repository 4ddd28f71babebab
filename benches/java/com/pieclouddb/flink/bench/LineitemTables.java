package com.pieclouddb.flink.bench;

import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.flink.table.data.RowData;

/**
 * Spreads lineitem over tables by the order's number, so that neighbours often share a table and a key is in one only.
 */
final class LineitemTables implements TableChangeConverter<RowData> {

    private static final long serialVersionUID = 1L;

    private static final TableSchema SCHEMA = TableSchema.of(Lineitem.rowType(), Lineitem.KEY);

    private final TableId[] tables;

    /** By table: its schema was told. */
    private final boolean[] told;

    LineitemTables(String prefix, int count) {
        tables = IntStream.range(0, count)
                .mapToObj(n -> TableId.of("public", prefix + "_" + n))
                .toArray(TableId[]::new);
        told = new boolean[count];
    }

    @Override
    public void convert(RowData row, Consumer<TableChange> out) {
        int number = (int) (row.getLong(0) % tables.length);
        if (!told[number]) {
            told[number] = true;
            out.accept(TableChange.schema(tables[number], SCHEMA));
        }
        out.accept(TableChange.row(tables[number], row));
    }
}
