package com.pieclouddb.flink.internal;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.RowConverter;

import java.io.IOException;
import java.util.Collection;

/**
 * The writer of a sink into one table: records in, converted and serialised.
 *
 * <p>The table opens with the writer, so that what is wrong with it is told before the first row. All else is {@link
 * LoadWriter}'s.
 *
 * @param <T> the stream's type
 */
final class PieCloudDBWriter<T> extends LoadWriter<T> {

    private final RowConverter<T> converter;
    private final RowImages images;
    private final int table;

    PieCloudDBWriter(
            TablePlan<T> plan, WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions)
            throws IOException {
        super(plan, context, recovered, sessions);
        converter = plan.converter();
        images = new RowImages(plan.rowType());
        try {
            table = openTable(
                    SpecText.table(plan.settings(), plan.target(), plan.loadMode(), plan.rowType(), plan.key()));
            metrics().readBy(table);
        } catch (PieCloudDBException e) {
            close();
            throw e;
        }
    }

    @Override
    public void write(T element, Context context) throws IOException, InterruptedException {
        take(table, images.of(converter.convert(element)));
    }
}
