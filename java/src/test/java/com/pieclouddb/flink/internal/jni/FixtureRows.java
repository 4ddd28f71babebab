package com.pieclouddb.flink.internal.jni;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

/** Row frames for the table of the fixture {@code table-merge.spec}. */
final class FixtureRows {

    private FixtureRows() {}

    /** A direct buffer filled to its capacity, or nearly: equal rows with the required columns set. */
    static ByteBuffer batch(int table, int about) throws IOException {
        LogicalType[] types = SilentServer.tableSpec()
                .lines()
                .filter(line -> line.matches("column\\.\\d+\\.type=.*"))
                .map(line -> line.substring(line.indexOf('=') + 1))
                .map(type -> LogicalTypeParser.parse(type, FixtureRows.class.getClassLoader()))
                .toArray(LogicalType[]::new);
        GenericRowData row = new GenericRowData(types.length);
        row.setField(0, 1L);
        row.setField(1, StringData.fromString("ab"));
        row.setField(8, DecimalData.fromBigDecimal(BigDecimal.ONE, 10, 2));
        BinaryRowData image = new RowDataSerializer(RowType.of(types)).toBinaryRow(row);
        int frame = 2 * Integer.BYTES + image.getSizeInBytes();
        ByteBuffer batch = ByteBuffer.allocateDirect(about / frame * frame).order(ByteOrder.LITTLE_ENDIAN);
        MemorySegment segment = image.getSegments()[0];
        while (batch.hasRemaining()) {
            batch.putInt(table).putInt(image.getSizeInBytes());
            segment.get(image.getOffset(), batch, image.getSizeInBytes());
        }
        return batch;
    }
}
