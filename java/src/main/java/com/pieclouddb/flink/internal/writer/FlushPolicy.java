package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.time.Duration;
import org.apache.flink.configuration.MemorySize;

/**
 * When a writer makes its rows visible by itself, between or without checkpoints.
 *
 * <p>With checkpoints the default is never: a checkpoint does it, and readers see steps that a restart can return to.
 * Without them, and in BATCH jobs, it is by rows, bytes or time, so that rows arrive at all. An option that is set
 * always wins; zero switches a limit off. It counts nothing itself.
 */
final class FlushPolicy {

    private static final long MAX_ROWS = 500_000;
    private static final MemorySize MAX_BYTES = MemorySize.ofMebiBytes(64);
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final long maxRows;
    private final long maxBytes;
    private final long intervalMillis;

    FlushPolicy(SinkSettings settings, boolean hasCheckpoints) {
        maxRows = settings.find(PieCloudDBOptions.BUFFER_FLUSH_MAX_ROWS).orElse(hasCheckpoints ? 0 : MAX_ROWS);
        maxBytes = settings.find(PieCloudDBOptions.BUFFER_FLUSH_MAX_BYTES)
                .orElse(hasCheckpoints ? MemorySize.ZERO : MAX_BYTES)
                .getBytes();
        intervalMillis = settings.find(PieCloudDBOptions.BUFFER_FLUSH_INTERVAL)
                .orElse(hasCheckpoints ? Duration.ZERO : INTERVAL)
                .toMillis();
    }

    boolean isDue(long rows, long bytes) {
        return maxRows > 0 && rows >= maxRows || maxBytes > 0 && bytes >= maxBytes;
    }

    /** Zero where time never makes rows visible. */
    long intervalMillis() {
        return intervalMillis;
    }
}
