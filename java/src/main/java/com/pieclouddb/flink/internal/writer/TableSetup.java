package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.TableId;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.types.logical.RowType;

/**
 * The one table that a sink loads, and how its records become rows: a plain value.
 *
 * @param <T> the stream's type
 */
@Internal
public final class TableSetup<T> {

    private final TableId target;
    private final RowType rowType;
    private final RowConverter<T> converter;
    private final String spec;

    /**
     * @param spec the table's text for the native half
     */
    public TableSetup(TableId target, RowType rowType, RowConverter<T> converter, String spec) {
        this.target = target;
        this.rowType = rowType;
        this.converter = converter;
        this.spec = spec;
    }

    TableId target() {
        return target;
    }

    RowType rowType() {
        return rowType;
    }

    RowConverter<T> converter() {
        return converter;
    }

    String spec() {
        return spec;
    }
}
