package com.pieclouddb.flink;

import com.pieclouddb.flink.internal.row.ExternalRowConverter;
import java.io.Serializable;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;

/**
 * Turns one record of a {@code DataStream<T>} into a row of the sink's row type.
 *
 * <p>The row's {@code RowKind} says what happens to its key in merge mode: INSERT and UPDATE_AFTER store the row,
 * UPDATE_BEFORE and DELETE remove it. The sink reads the returned row before the next call and keeps nothing of it, so
 * an implementation may return the same instance every time. In merge mode it is called once more per record, to find
 * the record's key: it must give the same key each time. It is not called by two threads at once.
 *
 * @param <T> the stream's type
 */
@PublicEvolving
@FunctionalInterface
public interface RowConverter<T> extends Serializable {

    /**
     * Converts one record.
     *
     * @param element the record
     * @return the row to store, fields in the order of the sink's row type
     */
    RowData convert(T element);

    /**
     * For streams that hold Flink's internal rows already.
     *
     * @return a converter that hands on what it gets
     */
    static RowConverter<RowData> forRowData() {
        return element -> element;
    }

    /**
     * For streams of {@link Row}, with fields by position or by name.
     *
     * @param rowType the ROW type with the conversion classes that the fields hold, as {@code DataTypes.ROW(...)} gives
     * @return a converter by Flink's own rules
     */
    static RowConverter<Row> forRow(DataType rowType) {
        return new ExternalRowConverter(rowType);
    }
}
