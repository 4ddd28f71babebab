package com.pieclouddb.flink.internal.row;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.Plans;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A row that is too large is refused by name, and one that is huge keeps its bytes. */
class RowBoundTest {

    @Test
    void theOptionIsTheLargestThatPasses() {
        RowBound bound = new RowBound(Plans.databaseSettings("sink.row.max-size", "1kb"));
        assertThat(bound.isExceededBy(1024)).isFalse();
        assertThat(bound.isExceededBy(1025)).isTrue();
        assertThat(bound.refusal(
                        "shop.t", 1025, "{\"id\":1,\"photo\":\"secret secret\"}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContainingAll(
                        "table 'shop.t', column \"photo\"", "1025 bytes", "'sink.row.max-size' = 1024 bytes")
                .hasMessageNotContaining("secret");
        assertThat(bound.refusal("shop.t", 1025, null)).hasMessageContaining("table 'shop.t': a row of 1025 bytes");
        assertThat(new RowBound(Plans.databaseSettings()).isExceededBy((32 << 20) + 1))
                .as("by default")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "{\"a\":\"xx\",\"b\":\"xxx\",\"c\":1}; b",
                "{\"schema\":{\"f\":\"x\"},\"payload\":{\"after\":{\"é\":\"xxxx\"}}}; é",
                "{\"a\":\"\\\\\",\"b\":\"\\\"\\\":\\\"x\",\"c\":\"y\"}; b",
                "{\"a\":\"cut off; a",
                "{\"a\":\"cut\\; a",
                "{}; ",
                "; ",
            })
    void theLargeColumnIsFoundWithoutReadingValues(String json, String column) {
        byte[] bytes = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
        assertThat(RowBound.largestField(bytes).orElse(null)).isEqualTo(column);
    }

    @Test
    void aByteInFrontOfAHugeRecordIsPartOfIt() throws IOException {
        byte[] body = new byte[RowImage.KEPT + 1];
        Arrays.fill(body, (byte) 'x');
        byte[] whole = new byte[body.length + 1];
        System.arraycopy(body, 0, whole, 1, body.length);
        whole[0] = 2;
        RowImage image = new RecordImages().put(body);
        assertThat(image.size()).isEqualTo(whole.length);
        assertThat(image.toBytes()).isEqualTo(whole);
        RowImage pointing = new RowImage();
        pointing.pointTo(image);
        RowImage copy = new RowImage();
        copy.copyFrom(pointing);
        assertThat(copy.toBytes()).isEqualTo(whole);
        DataOutputSerializer out = new DataOutputSerializer(16);
        image.write(out);
        RowImage read = new RowImage();
        read.read(new DataInputDeserializer(out.getCopyOfBuffer()));
        assertThat(read.toBytes()).isEqualTo(whole);
        MemorySegment target = MemorySegmentFactory.allocateOffHeapUnsafeMemory(whole.length + 8);
        image.copyTo(target, 8);
        byte[] copied = new byte[whole.length];
        target.get(8, copied);
        assertThat(copied).isEqualTo(whole);
        target.free();
        image.pointTo(new MemorySegment[] {MemorySegmentFactory.wrap(new byte[] {7, 8})}, 1, 1);
        assertThat(image.toBytes()).as("used again").containsExactly(8);
    }
}
