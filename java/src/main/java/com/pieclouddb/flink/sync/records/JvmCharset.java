package com.pieclouddb.flink.sync.records;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * The charset of a TaskManager's JVM, by which Flink CDC makes text of its own bytes.
 *
 * <p>With another one than UTF-8 every letter that it does not have would be replaced, in silence.
 */
final class JvmCharset {

    private JvmCharset() {}

    static void check(Charset charset) {
        if (!charset.equals(StandardCharsets.UTF_8)) {
            throw new FlinkRuntimeException("The JVM of this TaskManager reads and writes text as " + charset
                    + ", and Flink CDC makes text of its bytes by that: letters would be lost. Set env.java.opts.all:"
                    + " -Dfile.encoding=UTF-8 in Flink's configuration, or LC_ALL=C.UTF-8 where it is started");
        }
    }
}
