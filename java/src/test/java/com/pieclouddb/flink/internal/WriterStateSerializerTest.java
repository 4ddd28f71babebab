package com.pieclouddb.flink.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.UUID;

/** State written once can always be read, and state that cannot be read is refused in words. */
class WriterStateSerializerTest {

    private final WriterStateSerializer serializer = new WriterStateSerializer();

    @Test
    void stateSurvivesTheRoundTrip() throws IOException {
        WriterState state = new WriterState(UUID.randomUUID());
        assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(state))).isEqualTo(state);
    }

    @Test
    void theBytesOfVersionOneNeverChange() throws IOException {
        byte[] released = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        WriterState state = new WriterState(UUID.fromString("00010203-0405-0607-0809-0a0b0c0d0e0f"));
        assertThat(serializer.deserialize(1, released)).isEqualTo(state);
        assertThat(serializer.serialize(state)).isEqualTo(released);
    }

    @Test
    void anUnknownVersionIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(2, new byte[16]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("state of version 2").hasMessageContaining("knows version 1");
    }

    @Test
    void damagedStateIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(1, new byte[15]))
                .isInstanceOf(IOException.class).hasMessageContaining("15 bytes instead of 16");
    }
}
