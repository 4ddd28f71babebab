package com.pieclouddb.flink.internal.row;

import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Makes the images of rows of one type, by Flink's own serialiser.
 *
 * <p>A row that is binary already is not copied. Each image is valid until the next is made or its row changes. A NULL
 * is taken in any column: a deleted row may hold no more than its key, and whether a stored row may is the server's to
 * say. It is the only class that knows BinaryRowData.
 */
@Internal
public final class RowImages {

    private final RowDataSerializer serializer;
    private final RowImage image = new RowImage();

    public RowImages(RowType rowType) {
        // Flink's serialiser does not look for a NULL where the type excludes it, and fails on one without a name.
        serializer = new RowDataSerializer(
                rowType.getChildren().stream().map(type -> type.copy(true)).toArray(LogicalType[]::new));
    }

    /** Bytes of an image, wherever they are, as a row whose fields can be read. */
    public static RowData rowOf(int columns, MemorySegment[] segments, int offset, int size) {
        BinaryRowData row = new BinaryRowData(columns);
        row.pointTo(segments, offset, size);
        return row;
    }

    public RowImage of(RowData row) {
        BinaryRowData binary = serializer.toBinaryRow(row);
        image.pointTo(binary.getSegments(), binary.getOffset(), binary.getSizeInBytes());
        return image;
    }
}
