package com.pieclouddb.flink.it;

import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * Spreads the rows of a {@link PeriodSource} over tables, and reads from these how many periods of each partition they
 * show.
 */
final class PeriodTables implements TableChangeConverter<Row> {

    static final TypeInformation<Row> STREAM_TYPE =
            Types.ROW_NAMED(new String[] {"id", "partition", "period"}, Types.LONG, Types.INT, Types.INT);

    private static final int TABLES = 3;

    private static final long serialVersionUID = 1L;

    private static final DataType TYPE = DataTypes.ROW(
                    DataTypes.FIELD("id", DataTypes.BIGINT().notNull()),
                    DataTypes.FIELD("partition", DataTypes.INT()),
                    DataTypes.FIELD("period", DataTypes.INT()))
            .notNull();

    private static final TableSchema SCHEMA = TableSchema.of((RowType) TYPE.getLogicalType(), "id");

    private final RowConverter<Row> rows = RowConverter.forRow(TYPE);
    private final boolean sameKeys;

    PeriodTables(boolean sameKeys) {
        this.sameKeys = sameKeys;
    }

    @Override
    public void convert(Row row, Consumer<TableChange> out) {
        TableId table = TableId.of("public", "p" + (Long) row.getField(0) % TABLES);
        out.accept(TableChange.schema(table, SCHEMA));
        out.accept(TableChange.row(table, rows.convert(row)));
    }

    /** Statements that make the tables. */
    static String[] create() {
        return IntStream.range(0, TABLES)
                .mapToObj(table -> "CREATE TABLE p" + table + " (id bigint PRIMARY KEY, partition int, period int)")
                .toArray(String[]::new);
    }

    /**
     * How many periods of each partition the connection's transaction sees.
     *
     * @throws AssertionError where tables differ in it, or a period is not whole
     */
    List<Integer> state(Connection connection, int partitions) throws SQLException {
        Integer[] state = new Integer[partitions];
        for (int table = 0; table < TABLES; table++) {
            int[] periods = new int[partitions];
            try (Statement statement = connection.createStatement();
                    ResultSet found =
                            statement.executeQuery("SELECT partition, count(*), min(period), max(period) FROM p" + table
                                    + " GROUP BY partition")) {
                while (found.next()) {
                    int last = found.getInt(4);
                    int expected = PeriodSource.ROWS / TABLES * (sameKeys ? 1 : last + 1);
                    if (found.getInt(2) != expected || found.getInt(3) != (sameKeys ? last : 0)) {
                        throw new AssertionError(
                                "table p" + table + " shows a part of a period: partition " + found.getInt(1)
                                        + " has " + found.getInt(2) + " rows instead of " + expected + ", of periods "
                                        + found.getInt(3) + " to " + last);
                    }
                    periods[found.getInt(1)] = last + 1;
                }
            }
            for (int partition = 0; partition < partitions; partition++) {
                if (state[partition] != null && state[partition] != periods[partition]) {
                    throw new AssertionError("partition " + partition + " is at period " + state[partition]
                            + " in one table and at " + periods[partition] + " in table p" + table);
                }
                state[partition] = periods[partition];
            }
        }
        return Arrays.stream(state).collect(Collectors.toList());
    }
}
