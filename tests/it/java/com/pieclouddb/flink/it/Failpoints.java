package com.pieclouddb.flink.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The named points of the native half at which a test holds it or makes it fail; see
 * {@code native/load/src/failpoint.rs}.
 *
 * <p>They belong to the process: one test at a time uses them, and begins with {@link #clear}.
 */
final class Failpoints {

    private static final Path FOLDER = Paths.get(System.getenv("PIECLOUDDB_FAILPOINTS"));

    private Failpoints() {}

    /** Nothing is armed, nothing was hit. */
    static void clear() throws IOException {
        Files.createDirectories(FOLDER);
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.collect(Collectors.toList())) {
                Files.delete(file);
            }
        }
    }

    /** Whoever comes to the point stands still there until {@link #release}. */
    static void hold(String point) throws IOException {
        // Whole or not at all: a native thread may look for it at any moment.
        Path whole = Files.writeString(FOLDER.resolve(point + ".new"), "stall");
        Files.move(whole, FOLDER.resolve(point));
    }

    /** Whoever comes to the point first fails there. */
    static void fail(String point) throws IOException {
        Files.writeString(FOLDER.resolve(point), "error");
    }

    /** Returns when the point is hit, which proves that it was. */
    static void awaitHit(String point, Duration deadline) {
        await("failpoint " + point)
                .atMost(deadline)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> Files.exists(FOLDER.resolve(point + ".hit")));
    }

    static void release(String point) throws IOException {
        Files.delete(FOLDER.resolve(point));
    }

    /** Points that are armed now. */
    static List<String> armed() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".hit"))
                    .collect(Collectors.toList());
        }
    }
}
