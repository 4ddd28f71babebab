package com.pieclouddb.flink.internal.jni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library is loaded once per class loader from a copy of its own, or a message says what is missing. */
class NativeLibraryTest {

    @TempDir
    Path folder;

    @Test
    void eachClassLoaderLoadsACopyOfItsOwnAndLeavesNoFile() throws Exception {
        try (ConnectorLoader first = ConnectorLoader.create();
                ConnectorLoader second = ConnectorLoader.create()) {
            first.loadLibrary(folder.toString());
            second.loadLibrary(folder.toString());
            assertThat(first.libraryVersion())
                    .isEqualTo(second.libraryVersion())
                    .isNotEmpty();
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
            assertPermanent(
                    () -> loader.loadLibrary(null),
                    "native library for linux-",
                    "jar, which has none;",
                    "searched /native/linux-",
                    "/libpieclouddb_flink.so");
        }
    }

    @Test
    void aPlatformWithoutALibraryIsToldWhichOnesTheJarHas() throws Exception {
        Path arm = Files.createDirectories(folder.resolve("native/linux-aarch64"));
        Files.writeString(arm.resolve("libpieclouddb_flink.so"), "for another machine");
        String os = System.getProperty("os.name");
        try (ConnectorLoader loader = ConnectorLoader.with(folder)) {
            System.setProperty("os.name", "Mac OS X");
            assertPermanent(
                    () -> loader.loadLibrary(null),
                    "native library for mac-os-x-",
                    "has the one for linux-x86_64 and linux-aarch64;");
        } finally {
            System.setProperty("os.name", os);
        }
    }

    @Test
    void theJarOfABuildMachineThatIsNewerThanTheCLibrarySaysWhichOneToUse() {
        assertThat(NativeLibrary.advice(
                        "/tmp/pieclouddb-1/libpieclouddb_flink.so: /lib64/libc.so.6: version `GLIBC_2.34' not"
                                + " found (required by /tmp/pieclouddb-1/libpieclouddb_flink.so)"))
                .contains("jar of a release", "2.17");
        assertThat(NativeLibrary.advice("failed to map segment from shared object"))
                .contains("noexec");
    }

    @Test
    void aJvmOnMuslIsKnownByItsDynamicLinker() throws Exception {
        assertThat(Platform.isMusl()).as("of the machines that run these tests").isFalse();
        Path maps = folder.resolve("maps");
        Files.writeString(
                maps,
                "7f0a-7f0b r--p 00000000 fe:00 12  /opt/jdk/lib/libjvm.so\n"
                        + "7f0c-7f0d r-xp 00015000 fe:00 13                 /lib/ld-musl-x86_64.so.1\n");
        assertThat(Platform.isMusl(maps)).isTrue();
        Files.writeString(
                maps, "7f0c-7f0d r-xp 00015000 fe:00 13  /usr/glibc-compat/ld-musl-notes/ld-linux-x86-64.so.2\n");
        assertThat(Platform.isMusl(maps)).isFalse();
        assertThat(Platform.isMusl(folder.resolve("no such file")))
                .as("not Linux")
                .isFalse();
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
            assertPermanent(
                    () -> loader.loadLibrary(null), "the jar of version 9.9.9", "two versions of the connector");
        }
    }

    private static String platform() {
        return "linux-" + (System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch"));
    }

    private Stream<Path> files() throws IOException {
        return Files.list(folder);
    }

    private static void assertPermanent(Loading loading, String... words) {
        assertThatThrownBy(loading::run)
                .isInstanceOf(InvocationTargetException.class)
                .cause()
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
