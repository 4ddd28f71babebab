package com.pieclouddb.flink.it;

import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.Row;

/**
 * Spreads a {@link Changelog} over tables {@code t0}, {@code t1} and so on: half of all keys belong to the first one,
 * the hot table, the other half to all the others.
 */
final class ChangelogTables implements TableChangeConverter<Row> {

    private static final long serialVersionUID = 1L;

    private static final TableSchema SCHEMA = TableSchema.of(Changelog.ROW_TYPE, "id");

    private final int tables;
    private final RowConverter<Row> rows = RowConverter.forRow(Changelog.TYPE);

    ChangelogTables(int tables) {
        this.tables = tables;
    }

    @Override
    public void convert(Row change, Consumer<TableChange> out) {
        TableId table = TableId.of("public", "t" + tableOf((Long) change.getField(0)));
        out.accept(TableChange.schema(table, SCHEMA));
        RowData row = rows.convert(change);
        out.accept(TableChange.row(table, row));
    }

    private int tableOf(long id) {
        return id % 4 < 2 ? 0 : 1 + (int) (id / 4 % (tables - 1));
    }

    /** Statements that make the tables. */
    String[] create() {
        return IntStream.range(0, tables)
                .mapToObj(table -> "CREATE TABLE t" + table + " (" + Changelog.SERVER_COLUMNS + ", PRIMARY KEY (id))")
                .toArray(String[]::new);
    }

    /**
     * Queries of all rows of all tables, each with its table's number in front; few tables each, for a server has locks
     * for so many only.
     */
    List<String> selects() {
        List<String> selects = new ArrayList<>();
        for (int first = 0; first < tables; first += 50) {
            selects.add(IntStream.range(first, Math.min(first + 50, tables))
                    .mapToObj(table -> Changelog.select("t" + table).replace("SELECT ", "SELECT " + table + ", "))
                    .collect(Collectors.joining(" UNION ALL ")));
        }
        return selects;
    }

    /** What {@link #selects} find in the end, sorted. */
    List<String> finalRows(Changelog changelog) {
        return changelog.finalRows().stream()
                .map(row -> tableOf(Long.parseLong(row.substring(0, row.indexOf('|')))) + "|" + row)
                .sorted()
                .collect(Collectors.toList());
    }
}
