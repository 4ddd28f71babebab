package com.pieclouddb.flink.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * The rows of TPC-H lineitem in memory: one byte array with frames as the generator wrote them, and where each begins.
 *
 * <p>Reading a row is pointing at its bytes, so that a source of these rows costs next to nothing. Never changed after
 * loading; any thread may read.
 */
final class Lineitem {

    static final String[] KEY = {"l_orderkey", "l_linenumber"};

    /** The table, always 0 here, and the length of the image. */
    private static final int FRAME_HEAD = 2 * Integer.BYTES;

    private final MemorySegment frames;
    private final int[] starts;

    private Lineitem(MemorySegment frames, int[] starts) {
        this.frames = frames;
        this.starts = starts;
    }

    static Lineitem load(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer lengths = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int[] starts = new int[bytes.length / FRAME_HEAD];
        int rows = 0;
        for (int at = 0; at < bytes.length; at += FRAME_HEAD + lengths.getInt(at + Integer.BYTES)) {
            starts[rows++] = at + FRAME_HEAD;
        }
        return new Lineitem(MemorySegmentFactory.wrap(bytes), Arrays.copyOf(starts, rows));
    }

    int rows() {
        return starts.length;
    }

    /** Makes {@code row} show the row of that number. */
    void read(int number, BinaryRowData row) {
        int start = starts[number];
        row.pointTo(frames, start, frames.getIntLittleEndian(start - Integer.BYTES));
    }

    static RowType rowType() {
        LogicalType decimal = new DecimalType(false, 15, 2);
        LogicalType flag = new CharType(false, 1);
        LogicalType date = new DateType(false);
        LogicalType whole = new BigIntType(false);
        return RowType.of(
                new LogicalType[] {
                    whole,
                    whole,
                    whole,
                    new IntType(false),
                    decimal,
                    decimal,
                    decimal,
                    decimal,
                    flag,
                    flag,
                    date,
                    date,
                    date,
                    new CharType(false, 25),
                    new CharType(false, 10),
                    new VarCharType(false, 44)
                },
                new String[] {
                    "l_orderkey",
                    "l_partkey",
                    "l_suppkey",
                    "l_linenumber",
                    "l_quantity",
                    "l_extendedprice",
                    "l_discount",
                    "l_tax",
                    "l_returnflag",
                    "l_linestatus",
                    "l_shipdate",
                    "l_commitdate",
                    "l_receiptdate",
                    "l_shipinstruct",
                    "l_shipmode",
                    "l_comment"
                });
    }
}
