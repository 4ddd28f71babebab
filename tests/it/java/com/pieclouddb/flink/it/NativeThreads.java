package com.pieclouddb.flink.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The threads of the native half that this process has now; the JVM does not know them. */
final class NativeThreads {

    private NativeThreads() {}

    static List<String> names() throws IOException {
        try (Stream<Path> tasks = Files.list(Paths.get("/proc/self/task"))) {
            return tasks.map(NativeThreads::name)
                    .filter(name -> name.startsWith("pieclouddb"))
                    .collect(Collectors.toList());
        }
    }

    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm")).trim();
        } catch (IOException ended) {
            return "";
        }
    }
}
