package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.Test;

/** The source's state is read back equal, and one from before it said of which server it is. */
class SourceStateSerializerTest {

    private final SourceStateSerializer<String> serializer = new SourceStateSerializer<>(new Texts());

    @Test
    void allOfItIsReadBack() throws IOException {
        LogPlace begin = new LogPlace("binlog.000009", 5_000_000_000L, "5c7f6bd8-0000-11ef-8000-0242ac110002:1-5");
        SourceState<String> read = again(new SourceState<>("inner", new ServerIdentity("server_id 1"), begin));
        assertThat(read.inner()).isEqualTo("4:inner");
        assertThat(read.server()).hasToString("server_id 1");
        assertThat(read.begin()).isEqualTo(begin);
        SourceState<String> least = again(new SourceState<>("", null, null));
        assertThat(least.inner()).isEqualTo("4:");
        assertThat(least.server()).isNull();
        assertThat(least.begin()).isNull();
    }

    @Test
    void whatFlinkCdcWroteAloneIsReadWithItsVersion() throws IOException {
        SourceState<String> read = serializer.deserialize(3, "before".getBytes(StandardCharsets.UTF_8));
        assertThat(read.inner()).isEqualTo("3:before");
        assertThat(read.server()).isNull();
        assertThat(read.begin()).isNull();
    }

    @Test
    void aNewerStateIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(serializer.getVersion() + 1, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("newer version of the connector");
    }

    private SourceState<String> again(SourceState<String> state) throws IOException {
        return serializer.deserialize(serializer.getVersion(), serializer.serialize(state));
    }

    /** Texts, with the version that they are read by. */
    private static final class Texts implements SimpleVersionedSerializer<String> {
        @Override
        public int getVersion() {
            return 4;
        }

        @Override
        public byte[] serialize(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(int version, byte[] bytes) {
            return version + ":" + new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
