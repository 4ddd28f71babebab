package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.row.RowBound;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.row.RowImages;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * The writer of a sink into one table: records in, converted and serialised.
 *
 * <p>The table opens with the writer, so that what is wrong with it is told before the first row. All else is {@link
 * LoadWriter}'s.
 *
 * @param <T> the stream's type
 */
@Internal
public final class TableWriter<T> extends LoadWriter<T> {

    private final RowConverter<T> converter;
    private final RowImages images;
    private final RowType rowType;
    private final int columns;
    private final RowBound bound;
    private final String name;
    private final int number;

    public TableWriter(
            WriterSetup setup,
            TableSetup<T> table,
            WriterContext context,
            Collection<WriterState> recovered,
            LoadSession.Opener sessions)
            throws IOException {
        super(setup, context, recovered, sessions);
        converter = table.converter();
        images = new RowImages(table.rowType());
        rowType = table.rowType();
        bound = new RowBound(setup.settings());
        name = table.target().toString();
        columns = table.rowType().getFieldCount();
        try {
            number = openTable(table.spec());
            metrics().readBy(number);
        } catch (PieCloudDBException e) {
            close();
            throw e;
        }
    }

    @Override
    public void write(T element, Context context) throws IOException, InterruptedException {
        RowData row = converter.convert(element);
        // A binary row is not looked into: what has other columns would be read as if it had these.
        if (row.getArity() != columns) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.DATA,
                    "the converter gave a row of " + row.getArity() + " columns, but the sink's row type has "
                            + columns);
        }
        RowImage image = images.of(row);
        if (bound.isExceededBy(image.size())) {
            throw bound.refusal(name, image.size(), row, rowType);
        }
        accept(number, image);
    }
}
