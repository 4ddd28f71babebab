package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A value of 40 MB, in the snapshot and in the log: refused by table and column, or loaded if the option says so. */
@Tag("mysql-cdc")
class LargeValueIT {

    private static final int BYTES = 40 << 20;

    @TempDir
    private Path folder;

    @Test
    void aValueOfFortyMegabytesEndsTheJobByNameAndPassesIfItMay() throws Exception {
        try (MariaDb source = MariaDb.start();
                Postgres target = Postgres.startWithPassword("scram", "target-password")) {
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
            Job past = run(source, target, lastCheckpoint(), "--sink-conf", "sink.row.max-size=64mb");
            awaitPhotos(target, "1|1", "2|2", "3|" + BYTES);
            past.cancel(Job.DEADLINE);
        }
    }

    private Job run(MariaDb source, Postgres target, String checkpoint, String... more) throws Exception {
        Job job = Job.withCheckpoints(Duration.ofMillis(500))
                .with("state.checkpoints.dir", folder.toUri().toString());
        if (checkpoint != null) {
            job.from(checkpoint);
        }
        List<String> words = new ArrayList<>(List.of(
                "mysql-sync-database",
                "--database",
                "postgres",
                "--mysql-conf",
                "hostname=127.0.0.1",
                "--mysql-conf",
                "port=" + source.port(),
                "--mysql-conf",
                "username=" + MariaDb.USER,
                "--mysql-conf",
                "password=" + MariaDb.PASSWORD,
                "--mysql-conf",
                "database-name=shop",
                "--mysql-conf=heartbeat.interval=1s",
                "--sink-conf",
                "hostname=127.0.0.1",
                "--sink-conf",
                "port=" + target.port(),
                "--sink-conf",
                "username=postgres",
                "--sink-conf",
                "password=target-password"));
        words.addAll(List.of(more));
        return job.attach(SubmittedCommand.submit(job.environment(1), words));
    }

    private String lastCheckpoint() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith("_metadata"))
                    .map(Path::getParent)
                    .max(Comparator.comparing(
                            (Path file) -> file.resolve("_metadata").toFile().lastModified()))
                    .orElseThrow(() -> new AssertionError("no checkpoint was left in " + folder))
                    .toUri()
                    .toString();
        }
    }

    private static void awaitPhotos(Postgres target, String... photos) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(target.query("SELECT id, length(photo) FROM public.t ORDER BY id"))
                        .containsExactly(photos));
    }
}
