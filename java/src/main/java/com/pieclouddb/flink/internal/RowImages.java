package com.pieclouddb.flink.internal;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;

/**
 * Makes the images of rows of one type, by Flink's own serialiser.
 *
 * <p>A row that is binary already is not copied. Each image is valid until the next is made or its row changes. It is
 * the only class that knows BinaryRowData.
 */
final class RowImages {

    private final RowDataSerializer serializer;
    private final RowImage image = new RowImage();

    RowImages(RowType rowType) {
        serializer = new RowDataSerializer(rowType);
    }

    RowImage of(RowData row) {
        BinaryRowData binary = serializer.toBinaryRow(row);
        image.pointTo(binary.getSegments(), binary.getOffset(), binary.getSizeInBytes());
        return image;
    }
}
