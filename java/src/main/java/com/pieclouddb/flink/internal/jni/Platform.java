package com.pieclouddb.flink.internal.jni;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What this JVM runs on, in the words of the jar's folders of libraries. It loads nothing and decides nothing. */
final class Platform {

    /** The platforms that a release has a library for. */
    static final List<String> SHIPPED = List.of("linux-x86_64", "linux-aarch64");

    private static final Path MAPPED_FILES = Paths.get("/proc/self/maps");

    private Platform() {}

    /** As the library's folder in the jar is called, {@code linux-x86_64} say, also of a platform that has none. */
    static String name() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).replace(' ', '-');
        String arch = System.getProperty("os.arch");
        return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
    }

    /**
     * Whether this JVM's C library is musl, with which a library for glibc may load (by a layer like gcompat) and then
     * fail anywhere. The JVM's own dynamic linker is the witness: a glibc that was added to such a system has its own.
     */
    static boolean isMusl() {
        return isMusl(MAPPED_FILES);
    }

    static boolean isMusl(Path mappedFiles) {
        // Not by its encoding: a path of this list may be in any.
        try (Stream<String> lines = Files.lines(mappedFiles, StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(
                    line -> line.substring(line.lastIndexOf('/') + 1).startsWith("ld-musl-"));
        } catch (IOException | RuntimeException notLinux) {
            return false;
        }
    }
}
