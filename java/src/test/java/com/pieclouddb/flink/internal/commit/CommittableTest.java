package com.pieclouddb.flink.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.commit.Committable.Share;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A manifest is recognised when it comes again, is never taken for another one, and survives every checkpoint. */
class CommittableTest {

    private static final UUID SINK = UUID.fromString("00010203-0405-0607-0809-0a0b0c0d0e0f");

    private final CommittableSerializer serializer = new CommittableSerializer();

    @Test
    void aManifestHoldsEveryShareBehindItsLength() throws Exception {
        Committable joined = Committable.join(List.of(
                Committable.of(SINK, new byte[] {7, 8}),
                Committable.of(SINK, new byte[0]),
                Committable.of(SINK, new byte[] {9})));
        ByteBuffer manifest = ByteBuffer.wrap(joined.manifest());
        assertThat(manifest.get()).isEqualTo((byte) 1);
        manifest.position(17);
        assertThat(manifest.getLong()).isEqualTo(3);
        assertThat(manifest.getLong()).isEqualTo(2);
        assertThat(manifest.get()).isEqualTo((byte) 7);
        assertThat(manifest.get()).isEqualTo((byte) 8);
        assertThat(manifest.getLong()).isZero();
        assertThat(manifest.getLong()).isEqualTo(1);
        assertThat(manifest.get()).isEqualTo((byte) 9);
        assertThat(manifest.hasRemaining()).isFalse();
    }

    @Test
    void theSameSharesAreTheSameManifestWhereverTheyWereJoined() throws Exception {
        Committable a = Committable.of(SINK, new byte[] {1});
        Committable b = Committable.of(SINK, new byte[] {2});
        Committable c = Committable.of(SINK, new byte[] {3});
        byte[] id = id(Committable.join(List.of(a, b, c)));
        assertThat(id(Committable.join(List.of(c, a, b)))).isEqualTo(id);
        assertThat(id(Committable.join(List.of(Committable.join(List.of(b, c)), a))))
                .isEqualTo(id);
        assertThat(id(recovered(Committable.join(List.of(a, b, c))))).isEqualTo(id);
    }

    @Test
    void equalBytesOfTwoCheckpointsAreTwoManifests() throws Exception {
        assertThat(id(Committable.of(SINK, new byte[] {1}))).isNotEqualTo(id(Committable.of(SINK, new byte[] {1})));
    }

    @Test
    void rowsOfTwoSinksAreNeverJoined() {
        assertThatThrownBy(() -> Committable.join(
                        List.of(Committable.of(SINK, new byte[0]), Committable.of(UUID.randomUUID(), new byte[0]))))
                .isInstanceOf(PieCloudDBException.class)
                .hasMessageContaining(SINK.toString());
    }

    /** A BATCH job whose writers run again hands over other shares of the same rows. */
    @Test
    void whatAWholeJobCommitsIsOneManifestOfItsSink() throws Exception {
        Committable once = Committable.of(SINK, new byte[] {1}).ofWholeJob();
        Committable again = Committable.join(
                        List.of(Committable.of(SINK, new byte[] {2}), Committable.of(SINK, new byte[] {3})))
                .ofWholeJob();
        assertThat(id(again))
                .isEqualTo(id(once))
                .isEqualTo(id(recovered(again)))
                .isEqualTo(id(Committable.join(List.of(once))))
                .isNotEqualTo(
                        id(Committable.of(UUID.randomUUID(), new byte[] {1}).ofWholeJob()));
        assertThat(recovered(again).isWholeJob()).isTrue();
        assertThat(Committable.of(SINK, new byte[] {1}).isWholeJob()).isFalse();
    }

    @Test
    void theBytesOfEachVersionNeverChange() throws IOException {
        byte[] first = {
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
            0, 0, 0, 2, 42, 43, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0
        };
        byte[] second = {
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
            0, 0, 0, 0, 2, 42, 43, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0
        };
        Committable committable = new Committable(
                SINK,
                false,
                List.of(
                        new Share(UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100"), new byte[] {42, 43}),
                        new Share(UUID.fromString("01010101-0101-0101-0101-010101010101"), new byte[0])));
        assertThat(serializer.serialize(committable)).isEqualTo(second);
        assertThat(serializer.serialize(serializer.deserialize(1, first))).isEqualTo(second);
        assertThat(serializer.serialize(serializer.deserialize(2, second))).isEqualTo(second);
    }

    @Test
    void whatNoVersionWroteIsRefused() throws IOException {
        byte[] good = serializer.serialize(Committable.of(SINK, new byte[] {1, 2, 3}));
        assertThatThrownBy(() -> serializer.deserialize(3, good))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 3")
                .hasMessageContaining("versions up to 2");
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            if (length != 17) {
                assertThatThrownBy(() -> serializer.deserialize(2, cut))
                        .as("%d bytes", length)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("damaged");
            }
        }
        byte[] negative = good.clone();
        negative[33] = (byte) 0x80;
        assertThatThrownBy(() -> serializer.deserialize(2, negative)).hasMessageContaining("damaged");
        byte[] unknown = good.clone();
        unknown[16] = 2;
        assertThatThrownBy(() -> serializer.deserialize(2, unknown)).hasMessageContaining("damaged");
    }

    private Committable recovered(Committable committable) throws IOException {
        return serializer.deserialize(serializer.getVersion(), serializer.serialize(committable));
    }

    private static byte[] id(Committable committable) {
        return Arrays.copyOfRange(committable.manifest(), 1, 17);
    }
}
