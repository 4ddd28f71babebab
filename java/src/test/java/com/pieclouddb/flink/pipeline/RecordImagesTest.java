package com.pieclouddb.flink.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.row.RowImages;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.cdc.common.data.LocalZonedTimestampData;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;
import org.apache.flink.cdc.common.data.binary.BinaryStringData;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DataTypes;
import org.apache.flink.cdc.runtime.typeutils.BinaryRecordDataGenerator;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

/** Flink CDC's records have the bytes of Flink's binary rows, so that the native half reads both by one decoder. */
class RecordImagesTest {

    /** Each type with a value in Flink CDC's objects and the same in Flink's. */
    private static final Object[][] VALUES = {
        {DataTypes.BOOLEAN(), true, true},
        {DataTypes.TINYINT(), (byte) -7, (byte) -7},
        {DataTypes.SMALLINT(), (short) 300, (short) 300},
        {DataTypes.INT(), Integer.MIN_VALUE, Integer.MIN_VALUE},
        {DataTypes.BIGINT(), Long.MAX_VALUE, Long.MAX_VALUE},
        {DataTypes.FLOAT(), 1.5f, 1.5f},
        {DataTypes.DOUBLE(), -0.1, -0.1},
        {DataTypes.DECIMAL(10, 2), decimal("12.05", 10, 2), flinkDecimal("12.05", 10, 2)},
        {
            DataTypes.DECIMAL(38, 9),
            decimal("-123456789012345678901.5", 38, 9),
            flinkDecimal("-123456789012345678901.5", 38, 9)
        },
        {DataTypes.CHAR(3), text("abc"), StringData.fromString("abc")},
        {DataTypes.VARCHAR(20), text("é and more"), StringData.fromString("é and more")},
        {DataTypes.STRING(), text(""), StringData.fromString("")},
        {DataTypes.BINARY(2), new byte[] {0, -1}, new byte[] {0, -1}},
        {DataTypes.BYTES(), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}},
        {DataTypes.DATE(), 19_000, 19_000},
        {DataTypes.TIME(3), 3_723_004, 3_723_004},
        {DataTypes.TIMESTAMP(4), stamp(), TimestampData.fromEpochMillis(1_700_000_000_123L, 456_700)},
        {DataTypes.TIMESTAMP(6), stamp(), TimestampData.fromEpochMillis(1_700_000_000_123L, 456_700)},
        {DataTypes.TIMESTAMP(9), stamp(), TimestampData.fromEpochMillis(1_700_000_000_123L, 456_700)},
        {DataTypes.TIMESTAMP_LTZ(6), zoned(), TimestampData.fromEpochMillis(-123L, 456_700)},
    };

    @Test
    void everyTypeIsTheSameBytes() throws Exception {
        assertThat(recorded(1)).isEqualTo(flinks(2, RowKind.UPDATE_AFTER));
    }

    @Test
    void soIsNull() throws Exception {
        BinaryRecordData record = generator().generate(new Object[VALUES.length]);
        int bits = record.getOffset() + 1;
        byte[] ours = image(RowKind.INSERT, record);
        byte[] theirs =
                new RowImages(rowType()).of(new GenericRowData(VALUES.length)).toBytes();
        assertThat(Arrays.copyOf(ours, bits + 7)).isEqualTo(Arrays.copyOf(theirs, bits + 7));
    }

    @Test
    void onlyShortTimestampsHaveAnotherForm() throws Exception {
        for (int precision = 0; precision <= 3; precision++) {
            for (DataType type : List.of(DataTypes.TIMESTAMP(precision), DataTypes.TIMESTAMP_LTZ(precision))) {
                boolean isZoned = type.equals(DataTypes.TIMESTAMP_LTZ(precision));
                Object value = isZoned
                        ? LocalZonedTimestampData.fromEpochMillis(5_000L)
                        : org.apache.flink.cdc.common.data.TimestampData.fromMillis(5_000L);
                BinaryRecordData record =
                        new BinaryRecordDataGenerator(new DataType[] {type}).generate(new Object[] {value});
                RowType outOfLine = RowType.of(new org.apache.flink.table.types.logical.TimestampType(9));
                assertThat(image(RowKind.INSERT, record))
                        .isEqualTo(new RowImages(outOfLine)
                                .of(GenericRowData.of(TimestampData.fromEpochMillis(5_000L)))
                                .toBytes());
            }
        }
    }

    @Test
    void theRecordStaysAsItIs() {
        BinaryRecordData record = generator().generate(values(1));
        byte[] before = record.getSegments()[0].getHeapMemory().clone();
        image(RowKind.DELETE, record);
        assertThat(record.getSegments()[0].getHeapMemory()).isEqualTo(before);
    }

    private static byte[] recorded(int column) {
        return image(RowKind.UPDATE_AFTER, generator().generate(values(column)));
    }

    private static byte[] image(RowKind kind, BinaryRecordData record) {
        RowImage image = new RowImage();
        image.pointTo(kind.toByteValue(), record.getSegments(), record.getOffset(), record.getSizeInBytes());
        return image.toBytes();
    }

    private static byte[] flinks(int column, RowKind kind) throws Exception {
        GenericRowData row = GenericRowData.ofKind(kind, values(column));
        return new RowImages(rowType()).of(row).toBytes();
    }

    private static RowType rowType() throws Exception {
        Schema.Builder schema = Schema.newBuilder();
        IntStream.range(0, VALUES.length).forEach(i -> schema.physicalColumn("c" + i, (DataType) VALUES[i][0]));
        return PipelineTables.rowType(TableId.of("s", "t"), schema.build());
    }

    private static Object[] values(int column) {
        return Arrays.stream(VALUES).map(value -> value[column]).toArray();
    }

    private static BinaryRecordDataGenerator generator() {
        return new BinaryRecordDataGenerator(Arrays.stream(VALUES)
                .map(value -> (DataType) value[0])
                .collect(Collectors.toList())
                .toArray(new DataType[0]));
    }

    private static Object decimal(String value, int precision, int scale) {
        return org.apache.flink.cdc.common.data.DecimalData.fromBigDecimal(new BigDecimal(value), precision, scale);
    }

    private static DecimalData flinkDecimal(String value, int precision, int scale) {
        return DecimalData.fromBigDecimal(new BigDecimal(value), precision, scale);
    }

    private static Object text(String value) {
        return BinaryStringData.fromString(value);
    }

    private static Object stamp() {
        return org.apache.flink.cdc.common.data.TimestampData.fromMillis(1_700_000_000_123L, 456_700);
    }

    private static Object zoned() {
        return LocalZonedTimestampData.fromEpochMillis(-123L, 456_700);
    }
}
