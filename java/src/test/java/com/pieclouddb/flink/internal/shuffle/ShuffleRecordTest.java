package com.pieclouddb.flink.internal.shuffle;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.row.RowImages;
import java.io.IOException;
import java.util.UUID;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** A message arrives as it was sent, through every way in which Flink's serialiser may move it. */
class ShuffleRecordTest {

    private static final UUID ROUTER = UUID.randomUUID();

    private final TypeSerializer<ShuffleRecord> serializer =
            ShuffleRecordSerializer.TYPE.createSerializer(new ExecutionConfig());

    @Test
    void rowsAndTablesSurviveTheRoundTrip() throws IOException {
        for (ShuffleRecord message : messages()) {
            DataOutputSerializer out = new DataOutputSerializer(16);
            serializer.serialize(message, out);
            assertEqual(serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer())), message);
        }
    }

    @Test
    void eachMessageThatIsReadHasAnInstanceOfItsOwn() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(16);
        serializer.serialize(row("first"), out);
        serializer.serialize(row("second"), out);
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        ShuffleRecord first = serializer.deserialize(in);
        assertThat(serializer.deserialize(in)).isNotSameAs(first);
        assertEqual(first, row("first"));
    }

    @Test
    void theTypeReachesTheTasksAsItIs() throws IOException, ClassNotFoundException {
        assertThat(InstantiationUtil.<TypeInformation<?>>deserializeObject(
                        InstantiationUtil.serializeObject(ShuffleRecordSerializer.TYPE),
                        getClass().getClassLoader()))
                .isEqualTo(ShuffleRecordSerializer.TYPE);
        assertThat(serializer.duplicate())
                .isEqualTo(serializer)
                .isEqualTo(serializer.snapshotConfiguration().restoreSerializer());
    }

    @Test
    void oneInstanceIsReadIntoAgainAndAgain() throws IOException {
        ShuffleRecord reused = serializer.createInstance();
        for (int round = 0; round < 2; round++) {
            for (ShuffleRecord message : messages()) {
                DataOutputSerializer out = new DataOutputSerializer(16);
                serializer.serialize(message, out);
                ShuffleRecord read = serializer.deserialize(reused, new DataInputDeserializer(out.getCopyOfBuffer()));
                assertThat(read).isSameAs(reused);
                assertEqual(read, message);
            }
        }
    }

    @Test
    void messagesBackToBackAreCopiedInSerialisedForm() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(16);
        for (ShuffleRecord message : messages()) {
            serializer.serialize(message, out);
        }
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        DataOutputSerializer copied = new DataOutputSerializer(16);
        for (int i = 0; i < messages().length; i++) {
            serializer.copy(in, copied);
        }
        assertThat(in.available()).isZero();
        assertThat(copied.getCopyOfBuffer()).isEqualTo(out.getCopyOfBuffer());
    }

    @Test
    void aCopyKeepsItsBytesWhenTheOriginalIsFilledAnew() {
        ShuffleRecord message = row("first");
        ShuffleRecord copy = serializer.copy(message);
        ShuffleRecord intoAnother = serializer.copy(message, row("an older and longer row than the first"));
        byte[] bytes = message.image().toBytes();
        message.setRow(3, 4, 5, image("second"));
        assertThat(copy.image().toBytes()).isEqualTo(bytes);
        assertThat(intoAnother.image().toBytes()).isEqualTo(bytes);
    }

    @Test
    void anImageOverSeveralSegmentsArrivesWhole() throws IOException {
        byte[] bytes = new byte[100];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        MemorySegment[] segments = {
            MemorySegmentFactory.allocateUnpooledSegment(64), MemorySegmentFactory.allocateUnpooledSegment(64)
        };
        segments[0].put(10, bytes, 0, 54);
        segments[1].put(0, bytes, 54, 46);
        RowImage split = new RowImage();
        split.pointTo(segments, 10, bytes.length);
        DataOutputSerializer out = new DataOutputSerializer(16);
        serializer.serialize(new ShuffleRecord().setRow(1, 2, 3, split), out);
        ShuffleRecord read = serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
        assertThat(read.image().toBytes()).isEqualTo(bytes);
        assertThat(serializer
                        .copy(new ShuffleRecord().setRow(1, 2, 3, split))
                        .image()
                        .toBytes())
                .isEqualTo(bytes);
    }

    private static ShuffleRecord[] messages() {
        return new ShuffleRecord[] {
            row("a name that is not short"),
            new ShuffleRecord()
                    .setTable(
                            127,
                            Long.MIN_VALUE,
                            ROUTER,
                            new SchemaVersion(
                                    Integer.MAX_VALUE,
                                    "a.名前",
                                    PackedTableSpec.of(TableId.of("s.1", "名前"), "spec=é\n".repeat(20_000)))),
            row("b"),
            new ShuffleRecord()
                    .setTable(0, 0, ROUTER, new SchemaVersion(0, "", PackedTableSpec.of(TableId.of("s", "t"), "")))
        };
    }

    private static ShuffleRecord row(String name) {
        return new ShuffleRecord().setRow(127, -1, 7, image(name));
    }

    private static RowImage image(String name) {
        return new RowImages(Plans.STUDENT).of(GenericRowData.of(1, StringData.fromString(name), null));
    }

    private static void assertEqual(ShuffleRecord read, ShuffleRecord sent) throws IOException {
        assertThat(read.isRow()).isEqualTo(sent.isRow());
        assertThat(read.slot()).isEqualTo(sent.slot());
        assertThat(read.router()).isEqualTo(sent.router());
        assertThat(read.number()).isEqualTo(sent.number());
        if (sent.isRow()) {
            assertThat(read.image().toBytes()).isEqualTo(sent.image().toBytes());
        } else {
            assertThat(read.routerId()).isEqualTo(sent.routerId());
            assertThat(read.form().table()).isEqualTo(sent.form().table());
            assertThat(read.form().spec()).isEqualTo(sent.form().spec());
        }
    }
}
