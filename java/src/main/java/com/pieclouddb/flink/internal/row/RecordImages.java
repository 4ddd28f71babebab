package com.pieclouddb.flink.internal.row;

import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;

/**
 * Makes the images of Debezium's records: a byte that says which part is meant, and the record.
 *
 * <p>The parts are the native half's ({@code native/load/src/encode/debezium_encoder.rs}). Each image is valid until
 * the next is made.
 */
@Internal
public final class RecordImages {

    /** The parts, as the native half calls and numbers them. */
    enum Part {
        WHOLE,
        REMOVAL,
        PUT,
        KEYED
    }

    private final RowImage image = new RowImage();
    private MemorySegment[] memory = {MemorySegmentFactory.wrap(new byte[1024])};

    /** All that a record says. */
    public RowImage whole(byte[] record) {
        return of(Part.WHOLE, record);
    }

    /** Of an update that changes its key, the end of the old one. */
    public RowImage removal(byte[] record) {
        return of(Part.REMOVAL, record);
    }

    /** Of an update that changes its key, the new row. */
    public RowImage put(byte[] record) {
        return of(Part.PUT, record);
    }

    /** A delete that does not have the row. */
    public RowImage keyed(byte[] key, byte[] record) {
        int head = 1 + Integer.BYTES + key.length;
        MemorySegment to = memory(head + record.length);
        to.put(0, (byte) Part.KEYED.ordinal());
        to.putIntLittleEndian(1, key.length);
        to.put(1 + Integer.BYTES, key);
        to.put(head, record);
        return image;
    }

    private RowImage of(Part which, byte[] record) {
        byte part = (byte) which.ordinal();
        if (record.length > RowImage.KEPT) {
            image.pointTo(part, record);
            return image;
        }
        MemorySegment to = memory(1 + record.length);
        to.put(0, part);
        to.put(1, record);
        return image;
    }

    private MemorySegment memory(int length) {
        int size = memory[0].size();
        if (size < length || size > RowImage.KEPT && length <= RowImage.KEPT) {
            memory = new MemorySegment[] {MemorySegmentFactory.wrap(new byte[length])};
        }
        image.pointTo(memory, 0, length);
        return memory[0];
    }
}
