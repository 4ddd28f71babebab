package com.pieclouddb.flink.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.ServerIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The source's state is read back equal, and one from before it said of which server it is. */
class SourceStateSerializerTest {

    private final SourceStateSerializer serializer = new SourceStateSerializer();

    @Test
    void allOfItIsReadBack() throws IOException {
        LogPosition begin =
                new LogPosition("binlog.000009", 5_000_000_000L, "5c7f6bd8-0000-11ef-8000-0242ac110002:1-5");
        SourceState read = again(new SourceState(4, bytes("inner"), new ServerIdentity("server_id 1"), begin));
        assertThat(read.version()).isEqualTo(4);
        assertThat(read.inner()).isEqualTo(bytes("inner"));
        assertThat(read.server()).hasToString("server_id 1");
        assertThat(read.begin()).isEqualTo(begin);
        SourceState least = again(new SourceState(0, new byte[0], null, null));
        assertThat(least.version()).isZero();
        assertThat(least.inner()).isEmpty();
        assertThat(least.server()).isNull();
        assertThat(least.begin()).isNull();
    }

    @Test
    void whatFlinkCdcWroteAloneIsReadWithItsVersion() throws IOException {
        SourceState read = serializer.deserialize(3, bytes("before"));
        assertThat(read.version()).isEqualTo(3);
        assertThat(read.inner()).isEqualTo(bytes("before"));
        assertThat(read.server()).isNull();
        assertThat(read.begin()).isNull();
    }

    @Test
    void aNewerStateIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(serializer.getVersion() + 1, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("newer version of the connector");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private SourceState again(SourceState state) throws IOException {
        return serializer.deserialize(serializer.getVersion(), serializer.serialize(state));
    }
}
