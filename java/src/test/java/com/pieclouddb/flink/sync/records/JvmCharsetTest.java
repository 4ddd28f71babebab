package com.pieclouddb.flink.sync.records;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Only UTF-8 keeps all letters. */
class JvmCharsetTest {

    @Test
    void anotherThanUtf8IsRefused() {
        JvmCharset.check(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> JvmCharset.check(StandardCharsets.US_ASCII))
                .hasMessageContaining("US-ASCII")
                .hasMessageContaining("-Dfile.encoding=UTF-8");
        assertThatThrownBy(() -> JvmCharset.check(StandardCharsets.ISO_8859_1)).hasMessageContaining("ISO-8859-1");
    }
}
