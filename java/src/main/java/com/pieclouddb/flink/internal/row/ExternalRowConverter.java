package com.pieclouddb.flink.internal.row;

import com.pieclouddb.flink.RowConverter;
import java.util.List;
import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.RowRowConverter;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * Flink's own {@link Row} conversion behind the connector's converter interface.
 *
 * <p>It opens Flink's converter with its first record, on the machine that converts: an opened one is not meant to be
 * shipped. It does no conversion itself. Its rows are the sink's by position, so it says where its columns are not
 * those.
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

    /**
     * What is wrong with its columns as those of a sink.
     *
     * @param sink the columns to write
     * @return the first column that is another one, none where all agree; a NULL is as good in either
     */
    public Optional<String> misfit(RowType sink) {
        List<RowType.RowField> own = ((RowType) rowType.getLogicalType()).getFields();
        for (int i = 0; i < Math.max(own.size(), sink.getFieldCount()); i++) {
            String given = column(own, i);
            String wanted = column(sink.getFields(), i);
            if (!given.equals(wanted)) {
                return Optional.of("column " + (i + 1) + " of the converter's row type is " + given
                        + ", but that of rowType(...) is " + wanted);
            }
        }
        return Optional.empty();
    }

    private static String column(List<RowType.RowField> fields, int i) {
        return i >= fields.size()
                ? "missing"
                : "'" + fields.get(i).getName() + "' "
                        + fields.get(i).getType().copy(true).asSummaryString();
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
