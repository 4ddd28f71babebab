package com.pieclouddb.flink.bench;

import java.io.IOException;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.utils.ProjectedRowData;
import org.apache.flink.util.Collector;

/**
 * Emits a block of the rows in memory for each number it gets, and starts the clock at the first.
 *
 * <p>Blocks make Flink's own source work vanish beside the rows'. The rows are one reused object, in one of two forms:
 * {@code fields} shows them as most sources do, as a RowData that is not binary, so that the sink must read it field by
 * field; {@code binary} as the Table runtime does behind an exchange, as BinaryRowData, which the sink copies whole.
 */
final class BlockReader implements FlatMapFunction<Long, RowData> {

    static final int BLOCK = 1000;

    private static final long serialVersionUID = 1L;

    /** Set before a job starts; the job runs in this process. */
    static volatile Lineitem rows;

    private final boolean binary;

    private transient BinaryRowData image;
    private transient RowData shown;

    BlockReader(boolean binary) {
        this.binary = binary;
    }

    @Override
    public void flatMap(Long block, Collector<RowData> out) throws IOException {
        if (image == null) {
            int fields = Lineitem.rowType().getFieldCount();
            image = new BinaryRowData(fields);
            shown = binary
                    ? image
                    : ProjectedRowData.from(IntStream.range(0, fields).toArray())
                            .replaceRow(image);
            Clock.start();
        }
        Lineitem all = rows;
        int from = Math.toIntExact(block * BLOCK);
        int to = Math.min(from + BLOCK, all.rows());
        for (int number = from; number < to; number++) {
            all.read(number, image);
            out.collect(shown);
        }
    }
}
