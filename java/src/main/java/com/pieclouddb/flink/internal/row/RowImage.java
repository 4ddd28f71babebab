package com.pieclouddb.flink.internal.row;

import java.io.IOException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.binary.BinarySegmentUtils;

/**
 * The bytes of one row as Flink's BinaryRowData has them, byte 0 the RowKind, wherever they are in memory.
 *
 * <p>It is a reused view: what it shows is valid until it is pointed elsewhere or its owner changes the bytes. It knows
 * nothing of columns.
 */
@Internal
public final class RowImage {

    /** More memory than that is not kept for rows that need less. */
    static final int KEPT = 1 << 20;

    private static final int NO_HEAD = -1;

    private static final MemorySegment[] NOWHERE = {MemorySegmentFactory.wrap(new byte[0])};

    private MemorySegment[] segments = NOWHERE;
    private int offset;
    private int size;

    /** A byte in front of those in the segments, or none. */
    private int head = NO_HEAD;

    /** The image's own memory, for bytes that are read or copied; null until then. */
    private byte[] own;

    public void pointTo(MemorySegment[] segments, int offset, int size) {
        this.segments = segments;
        this.offset = offset;
        this.size = size;
        head = NO_HEAD;
    }

    /** Bytes that stay where they are, with one in front of them: a huge record is not copied for that. */
    void pointTo(byte head, byte[] body) {
        pointTo(new MemorySegment[] {MemorySegmentFactory.wrap(body)}, 0, body.length);
        this.head = head;
    }

    /** The same with another first byte: what the bytes' owner has there stays. */
    public void pointTo(byte kind, MemorySegment[] segments, int offset, int size) {
        pointTo(segments, offset + 1, size - 1);
        head = kind;
    }

    public void pointTo(RowImage other) {
        pointTo(other.segments, other.offset, other.size);
        head = other.head;
    }

    public int size() {
        return head == NO_HEAD ? size : size + 1;
    }

    void copyTo(MemorySegment target, int at) {
        int from = at;
        if (head != NO_HEAD) {
            target.put(from++, (byte) head);
        }
        if (segments.length == 1) {
            segments[0].copyTo(offset, target, from, size);
        } else {
            target.put(from, BinarySegmentUtils.copyToBytes(segments, offset, size));
        }
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[size()];
        copyTo(MemorySegmentFactory.wrap(bytes), 0);
        return bytes;
    }

    public void write(DataOutputView out) throws IOException {
        out.writeInt(size());
        if (head != NO_HEAD) {
            out.writeByte(head);
        }
        BinarySegmentUtils.copyToView(segments, offset, size, out);
    }

    /** Takes in what {@link #write} wrote, into memory of its own. */
    public void read(DataInputView in) throws IOException {
        int length = in.readInt();
        in.readFully(own(length), 0, length);
    }

    public void copyFrom(RowImage other) {
        other.copyTo(MemorySegmentFactory.wrap(own(other.size())), 0);
    }

    /** Points to memory of its own, which is used again but not kept for one huge row. */
    private byte[] own(int length) {
        if (own == null || own.length < length || own.length > KEPT && length <= KEPT) {
            own = new byte[length];
        }
        pointTo(new MemorySegment[] {MemorySegmentFactory.wrap(own)}, 0, length);
        return own;
    }
}
