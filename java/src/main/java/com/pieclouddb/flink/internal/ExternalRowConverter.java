package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.RowRowConverter;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.types.Row;

import com.pieclouddb.flink.RowConverter;

/**
 * Flink's own {@link Row} conversion behind the connector's converter interface.
 *
 * <p>It opens Flink's converter with its first record, on the machine that converts: an opened one is not meant to be
 * shipped. It does no conversion itself.
 */
@Internal
public final class ExternalRowConverter implements RowConverter<Row> {

    private static final long serialVersionUID = 1L;

    private final DataType rowType;
    private transient RowRowConverter opened;

    public ExternalRowConverter(DataType rowType) {
        if (rowType.getLogicalType().getTypeRoot() != LogicalTypeRoot.ROW) {
            throw new ValidationException("The row type of a Row converter must be a ROW, not " + rowType + ".");
        }
        this.rowType = rowType;
    }

    @Override
    public RowData convert(Row element) {
        if (opened == null) {
            opened = RowRowConverter.create(rowType);
            opened.open(Thread.currentThread().getContextClassLoader());
        }
        return opened.toInternal(element);
    }
}
