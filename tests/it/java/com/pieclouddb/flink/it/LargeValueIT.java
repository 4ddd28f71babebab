package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A value of 40 MB, in the snapshot and in the log: refused by table and column, or loaded if the option says so. */
@Tag("mysql-cdc")
@EachOnOneLine
class LargeValueIT {

    private static final int BYTES = 40 << 20;

    @TempDir
    private Path folder;

    @Test
    void aValueOfFortyMegabytesEndsTheJobByNameAndPassesIfItMay() throws Exception {
        try (MariaDb source = MariaDb.start();
                Postgres target = SyncCommand.startTarget()) {
            source.execute("SET GLOBAL max_allowed_packet = 1073741824");
            source.execute(
                    "CREATE DATABASE shop",
                    "USE shop",
                    "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9), photo LONGBLOB)",
                    "INSERT INTO t VALUES (1, 'small', 'x')");
            Job job = run(source, target, null);
            awaitPhotos(target, "1|1");
            source.execute("INSERT INTO shop.t VALUES (2, 'small', 'xx')");
            awaitPhotos(target, "1|1", "2|2");
            source.execute("INSERT INTO shop.t SELECT 3, 'large', repeat('x', " + BYTES + ")");
            assertThat(ExceptionUtils.stringifyException(job.failure()))
                    .contains(
                            "table 'shop.t', column \"photo\": a row of 5592",
                            "is larger than 'sink.row.max-size' = 33554432 bytes")
                    .doesNotContain("OutOfMemoryError");
            Job past = run(source, target, new CheckpointFolder(folder).newest(), "sink.row.max-size=64mb");
            awaitPhotos(target, "1|1", "2|2", "3|" + BYTES);
            past.cancel(Job.DEADLINE);
        }
    }

    private Job run(MariaDb source, Postgres target, String checkpoint, String... options) throws Exception {
        Job job = new CheckpointFolder(folder).of(Job.withCheckpoints(Duration.ofMillis(500)));
        if (checkpoint != null) {
            job.from(checkpoint);
        }
        return SyncCommand.of(source, target, "shop").sink(options).submit(job, 1);
    }

    private static void awaitPhotos(Postgres target, String... photos) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(target.query("SELECT id, length(photo) FROM public.t ORDER BY id"))
                        .containsExactly(photos));
    }
}
