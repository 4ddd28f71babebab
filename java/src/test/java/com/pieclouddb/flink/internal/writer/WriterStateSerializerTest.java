package com.pieclouddb.flink.internal.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** State written once can always be read, and state that cannot be read is refused in words. */
class WriterStateSerializerTest {

    private final WriterStateSerializer serializer = new WriterStateSerializer();

    @Test
    void stateSurvivesTheRoundTrip() throws IOException {
        WriterState state = new WriterState(UUID.randomUUID());
        assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(state)))
                .isEqualTo(state);
    }

    @Test
    void theBytesOfVersionOneNeverChange() throws IOException {
        byte[] released = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        WriterState state = new WriterState(UUID.fromString("00010203-0405-0607-0809-0a0b0c0d0e0f"));
        assertThat(serializer.deserialize(1, released)).isEqualTo(state);
    }

    @Test
    void theBytesOfVersionTwoNeverChange() throws IOException {
        byte[] released = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 3, 0, 0, 1, 0, 9, 8};
        WriterState state =
                new WriterState(UUID.fromString("00010203-0405-0607-0809-0a0b0c0d0e0f"), 3, 256, new byte[] {9, 8});
        assertThat(serializer.serialize(state)).isEqualTo(released);
        assertThat(serializer.deserialize(2, released)).isEqualTo(state);
        assertThat(serializer.deserialize(2, Arrays.copyOf(released, 16))).isEqualTo(new WriterState(state.sinkId()));
    }

    @Test
    void anUnknownVersionIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(3, new byte[16]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("state of version 3")
                .hasMessageContaining("versions up to 2");
    }

    @Test
    void damagedStateIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(1, new byte[15]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("15 bytes");
        assertThatThrownBy(() -> serializer.deserialize(1, new byte[25]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("25 bytes");
        assertThatThrownBy(() -> serializer.deserialize(2, new byte[23]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("23 bytes");
    }
}
