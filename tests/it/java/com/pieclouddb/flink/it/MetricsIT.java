package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flink's standard sink metrics are exact, under their standard names. */
class MetricsIT {

    private static final int CHANGES = 20_000;

    private Postgres server;

    @BeforeEach
    void start() throws Exception {
        MetricsCapture.clear();
        server = Postgres.start();
        server.execute("CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ")");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void everyRowIsCountedOnce() throws Exception {
        Job.withCheckpoints(Duration.ofMillis(200))
                .with(MetricsCapture.OPTION, MetricsCapture.class.getName())
                .start(
                        1,
                        ChangelogSource.of(Changelog.inserts(CHANGES, 100, 1)).overCheckpoints(4),
                        Job.sink(server, "t")
                                .option("sink.copy.format", "binary")
                                .build())
                .finish();
        assertThat(MetricsCapture.counter("numRecordsSend")).isEqualTo(CHANGES);
        assertThat(MetricsCapture.counter("numBytesSend"))
                .as("bytes of rows in COPY")
                .isEqualTo(bytesOfCopy());
        assertThat(MetricsCapture.counter("numRecordsSendErrors")).isZero();
        assertThat((Long) MetricsCapture.gauge("currentSendTime")).isBetween(0L, 60_000L);
        assertThat((Long) MetricsCapture.gauge("pieclouddb.elapsedSecondsSinceLastSuccessfulCommit"))
                .isBetween(0L, 60L);
    }

    /** What the server itself writes for the same rows, without the head and tail of the stream. */
    private long bytesOfCopy() throws Exception {
        server.execute("COPY t TO '" + server.file("copied") + "' (FORMAT binary)");
        return server.count("SELECT (pg_stat_file('" + server.file("copied") + "')).size") - 21;
    }
}
