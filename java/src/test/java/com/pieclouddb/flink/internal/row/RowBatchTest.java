package com.pieclouddb.flink.internal.row;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.internal.Plans;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A batch is exactly BinaryRowData in frames that name table and length, within its capacity. */
class RowBatchTest {

    private static final int TABLE = 7;

    /** Name, types and image of one row; the native half's tests read the same file. */
    static Stream<List<String>> vectors() throws IOException {
        return Files.readAllLines(Paths.get("tests/fixtures/rows/binaryrow-vectors.tsv")).stream()
                .map(line -> Arrays.asList(line.split("\t", -1)));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aBinaryRowCrossesAsItIs(List<String> vector) {
        byte[] image = bytes(vector.get(2));
        RowBatch batch = new RowBatch(64 * 1024);
        assertThat(batch.add(
                        TABLE,
                        image(
                                rowType(vector.get(1)),
                                binary(image, rowType(vector.get(1)).getFieldCount()))))
                .isTrue();
        assertThat(content(batch)).isEqualTo(frame(image));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void anyOtherRowBecomesTheSameBytes(List<String> vector) {
        byte[] image = bytes(vector.get(2));
        RowType rowType = rowType(vector.get(1));
        RowData source = binary(image, rowType.getFieldCount());
        GenericRowData generic = new GenericRowData(source.getRowKind(), rowType.getFieldCount());
        for (int i = 0; i < rowType.getFieldCount(); i++) {
            generic.setField(
                    i, RowData.createFieldGetter(rowType.getTypeAt(i), i).getFieldOrNull(source));
        }
        RowBatch batch = new RowBatch(64 * 1024);
        assertThat(batch.add(TABLE, image(rowType, generic))).isTrue();
        assertThat(content(batch)).isEqualTo(frame(image));
    }

    @Test
    void framesStandBackToBack() {
        RowBatch batch = new RowBatch(1024);
        batch.add(TABLE, image(Plans.STUDENT, row(1, "a")));
        int first = batch.length();
        batch.add(8, image(Plans.STUDENT, row(2, "b")));
        ByteBuffer frames = ByteBuffer.wrap(content(batch)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(frames.getInt(0)).isEqualTo(TABLE);
        assertThat(frames.getInt(4)).isEqualTo(first - 8);
        assertThat(frames.getInt(first)).isEqualTo(8);
        assertThat(frames.getInt(first + 4)).isEqualTo(batch.length() - first - 8);
        assertThat(batch.rows()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void theKindOfChangeIsTheFirstByteOfTheImage(RowKind kind) {
        RowBatch batch = new RowBatch(1024);
        GenericRowData row = row(1, "a");
        row.setRowKind(kind);
        batch.add(TABLE, image(Plans.STUDENT, row));
        assertThat(content(batch)[8]).isEqualTo(kind.toByteValue());
    }

    @Test
    void aRowThatDoesNotFitIsLeftOutAndNothingChanges() {
        RowBatch batch = new RowBatch(100);
        assertThat(batch.add(TABLE, image(Plans.STUDENT, row(1, "a")))).isTrue();
        assertThat(batch.add(TABLE, image(Plans.STUDENT, row(2, "b")))).isTrue();
        byte[] before = content(batch);
        assertThat(batch.add(TABLE, image(Plans.STUDENT, row(3, "c")))).isFalse();
        assertThat(content(batch)).isEqualTo(before);
        assertThat(batch.rows()).isEqualTo(2);
        batch.clear();
        assertThat(batch.length()).isZero();
        assertThat(batch.add(TABLE, image(Plans.STUDENT, row(3, "c")))).isTrue();
    }

    @Test
    void oneLargerRowPassesAloneInABufferThatIsNotKept() {
        RowBatch batch = new RowBatch(128);
        ByteBuffer regular = batch.buffer();
        String large = "x".repeat(10_000);
        RowImage row = image(Plans.STUDENT, row(1, large));
        assertThat(batch.add(TABLE, row)).isFalse();
        assertThat(batch.rows()).isZero();
        batch.addLarge(TABLE, row);
        assertThat(batch.length()).isEqualTo(RowBatch.bytesOf(row)).isGreaterThan(10_000);
        assertThat(batch.buffer().isDirect()).isTrue();
        assertThat(batch.add(TABLE, image(Plans.STUDENT, row(2, "b")))).isFalse();
        batch.clear();
        assertThat(batch.buffer()).isSameAs(regular);
    }

    /**
     * The memory of large rows is freed with the batch: were it left to the garbage collector, this would need 6 GiB.
     */
    @Test
    void theMemoryOfLargeRowsIsFreedAtOnce() throws Exception {
        RowBatch batch = new RowBatch(1024);
        RowImage row = new RowImage();
        row.pointTo(new MemorySegment[] {MemorySegmentFactory.wrap(new byte[64 << 20])}, 0, 64 << 20);
        long before = resident();
        for (int i = 0; i < 100; i++) {
            batch.addLarge(TABLE, row);
            assertThat(batch.isLarge()).isTrue();
            batch.clear();
            assertThat(batch.isLarge()).isFalse();
        }
        assertThat(resident() - before).isLessThan(256L << 20);
        batch.addLarge(TABLE, row);
        batch.close();
        assertThat(batch.isLarge()).isFalse();
    }

    private static long resident() throws IOException {
        return Long.parseLong(Files.readString(Paths.get("/proc/self/statm")).split(" ")[1]) * 4096;
    }

    @Test
    void aRowOverSeveralMemorySegmentsIsGathered() {
        RowType rowType = Plans.STUDENT;
        RowBatch whole = new RowBatch(1024);
        whole.add(TABLE, image(Plans.STUDENT, row(5, "a text that is longer than one segment")));
        byte[] image = Arrays.copyOfRange(content(whole), 8, whole.length());
        BinaryRowData split = new BinaryRowData(3);
        byte[] head = Arrays.copyOf(image, 64);
        byte[] tail = Arrays.copyOf(Arrays.copyOfRange(image, 64, image.length), 64);
        split.pointTo(
                new MemorySegment[] {MemorySegmentFactory.wrap(head), MemorySegmentFactory.wrap(tail)},
                0,
                image.length);
        RowBatch batch = new RowBatch(1024);
        batch.add(TABLE, image(rowType, split));
        assertThat(content(batch)).isEqualTo(content(whole));
    }

    private static GenericRowData row(int id, String name) {
        return GenericRowData.of(id, StringData.fromString(name), null);
    }

    private static RowImage image(RowType rowType, RowData row) {
        return new RowImages(rowType).of(row);
    }

    private static byte[] content(RowBatch batch) {
        byte[] content = new byte[batch.length()];
        ByteBuffer view = batch.buffer().duplicate();
        view.get(content);
        return content;
    }

    private static byte[] frame(byte[] image) {
        return ByteBuffer.allocate(8 + image.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(TABLE)
                .putInt(image.length)
                .put(image)
                .array();
    }

    private static BinaryRowData binary(byte[] image, int arity) {
        BinaryRowData row = new BinaryRowData(arity);
        row.pointTo(MemorySegmentFactory.wrap(image), 0, image.length);
        return row;
    }

    private static RowType rowType(String types) {
        LogicalType[] parsed = types.isEmpty()
                ? new LogicalType[0]
                : Stream.of(types.split("\\|"))
                        .map(type -> LogicalTypeParser.parse(type, RowBatchTest.class.getClassLoader()))
                        .toArray(LogicalType[]::new);
        return RowType.of(parsed);
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return bytes;
    }
}
