package com.pieclouddb.flink.internal.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The library is loaded once per class loader from a copy of its own, or a message says what is missing. */
class NativeLibraryTest {

    @TempDir
    Path folder;

    @Test
    void eachClassLoaderLoadsACopyOfItsOwnAndLeavesNoFile() throws Exception {
        try (ConnectorLoader first = ConnectorLoader.create(); ConnectorLoader second = ConnectorLoader.create()) {
            first.loadLibrary(folder.toString());
            second.loadLibrary(folder.toString());
            assertThat(first.libraryVersion()).isEqualTo(second.libraryVersion()).isNotEmpty();
            assertThat(first.loadClass(NativeBridge.class.getName()))
                    .isNotSameAs(second.loadClass(NativeBridge.class.getName()));
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void aSecondLoadInOneClassLoaderTouchesNothing() throws Exception {
        try (ConnectorLoader loader = ConnectorLoader.create()) {
            loader.loadLibrary(null);
            loader.loadLibrary("/proc/no such folder");
            assertThat(loader.libraryVersion()).isNotEmpty();
        }
    }

    @Test
    void theFolderIsMadeIfItIsNotThere() throws Exception {
        try (ConnectorLoader loader = ConnectorLoader.create()) {
            loader.loadLibrary(folder.resolve("a/b").toString());
            assertThat(loader.libraryVersion()).isNotEmpty();
        }
    }

    @Test
    void anInterruptedThreadCanLoadAndStaysInterrupted() throws Exception {
        try (ConnectorLoader loader = ConnectorLoader.create()) {
            Thread.currentThread().interrupt();
            loader.loadLibrary(folder.toString());
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aFolderThatCannotBeUsedIsNamedWithTheOptionAndALaterTryWorks() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        try (ConnectorLoader loader = ConnectorLoader.create()) {
            assertPermanent(() -> loader.loadLibrary(file.toString()), file.toString(), "'native.library.directory'");
            loader.loadLibrary(folder.toString());
            assertThat(loader.libraryVersion()).isNotEmpty();
        }
    }

    @Test
    void aPlatformWithoutALibraryIsNamedWithThePlaceSearched() throws Exception {
        try (ConnectorLoader loader = ConnectorLoader.without("native/")) {
            assertPermanent(() -> loader.loadLibrary(null), "native library for linux-",
                    "searched /native/linux-", "/libpieclouddb_flink.so");
        }
    }

    @Test
    void aLibraryThatTheSystemRefusesIsReportedWithItsFolder() throws Exception {
        Path broken = Files.createDirectories(folder.resolve("classes/native/" + platform()));
        Files.writeString(broken.resolve("libpieclouddb_flink.so"), "no ELF");
        try (ConnectorLoader loader = ConnectorLoader.with(folder.resolve("classes"))) {
            Path copies = folder.resolve("copies");
            assertPermanent(() -> loader.loadLibrary(copies.toString()), copies.toString(), "could not be loaded");
            assertThat(Files.list(copies)).isEmpty();
        }
    }

    @Test
    void aLibraryOfAnotherVersionIsRefused() throws Exception {
        Path properties = folder.resolve("com/pieclouddb/flink/version.properties");
        Files.createDirectories(properties.getParent());
        Files.writeString(properties, "version=9.9.9\n");
        try (ConnectorLoader loader = ConnectorLoader.with(folder)) {
            assertPermanent(() -> loader.loadLibrary(null), "the jar of version 9.9.9", "two versions of the connector");
        }
    }

    private static String platform() {
        return "linux-" + (System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch"));
    }

    private Stream<Path> files() throws IOException {
        return Files.list(folder);
    }

    private static void assertPermanent(Loading loading, String... words) {
        assertThatThrownBy(loading::run).isInstanceOf(InvocationTargetException.class).cause()
                .satisfies(failure -> {
                    // The class is the same by name only: it is the other class loader's.
                    assertThat(failure.getClass().getName()).isEqualTo(PieCloudDBException.Permanent.class.getName());
                    assertThat(failure.getMessage()).contains(words);
                });
    }

    /** An attempt to load. */
    private interface Loading {
        void run() throws Exception;
    }
}
