package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Finds, unpacks and loads the native library, once per class loader.
 *
 * <p>A JVM loads one path for one class loader only, and every Flink job brings a class loader of its own: so each gets
 * a private copy in a fresh folder, deleted as soon as it is mapped. Called when a session opens, never from a static
 * initialiser, whose failure would stay until the class loader is gone. A failure names the platform and the places
 * searched.
 */
final class NativeLibrary {

    private static final String FILE_NAME = "libpieclouddb_flink.so";
    private static final String VERSION_RESOURCE = "/com/pieclouddb/flink/version.properties";
    private static final int ATTEMPTS = 3;

    private static boolean loaded;

    private NativeLibrary() {}

    /**
     * Makes the native methods callable; does nothing if they are.
     *
     * @param directory where to unpack, null for the JVM's temporary folder
     */
    static synchronized void load(String directory) throws PieCloudDBException {
        if (loaded) {
            return;
        }
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw unusable("needs a little-endian machine", null);
        }
        if (Platform.isMusl()) {
            throw unusable(
                    "needs glibc, and this JVM runs on musl (Alpine Linux); run Flink on a Linux with glibc 2.17 or"
                            + " newer, as Flink's official images are",
                    null);
        }
        URL url = resource(Platform.name());
        if (url == null) {
            throw unusable(
                    "is not in the connector's jar, which has " + platformsOfTheJar() + "; searched "
                            + resourceName(Platform.name()),
                    null);
        }
        Path parent = Paths.get(directory == null ? System.getProperty("java.io.tmpdir") : directory);
        loadCopy(url, parent);
        requireVersion(jarVersion(), NativeBridge.abiVersion());
        loaded = true;
    }

    private static URL resource(String platform) {
        return NativeLibrary.class.getResource(resourceName(platform));
    }

    private static String resourceName(String platform) {
        return "/native/" + platform + "/" + FILE_NAME;
    }

    private static String platformsOfTheJar() {
        String platforms = Platform.SHIPPED.stream()
                .filter(platform -> resource(platform) != null)
                .collect(Collectors.joining(" and "));
        return platforms.isEmpty() ? "none" : "the one for " + platforms;
    }

    private static void loadCopy(URL source, Path parent) throws PieCloudDBException {
        Exception first = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                Path folder = Files.createTempDirectory(Files.createDirectories(parent), "pieclouddb-");
                Path copy = folder.resolve(FILE_NAME);
                try {
                    unpack(source, copy.toFile());
                    System.load(copy.toAbsolutePath().toString());
                } finally {
                    Files.deleteIfExists(copy);
                    Files.delete(folder);
                }
                return;
            } catch (UnsatisfiedLinkError e) {
                throw unusable(
                        "was unpacked to " + parent + " but could not be loaded (" + e.getMessage() + "); "
                                + advice(String.valueOf(e.getMessage())),
                        e);
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        throw unusable(
                "could not be unpacked to " + parent + " (" + first + "); 'native.library.directory' names another"
                        + " folder",
                first);
    }

    /** What to do about a refusal of the system's loader, by its words. */
    static String advice(String refusal) {
        return refusal.contains("GLIBC_")
                ? "this jar was built for its own machine, which has a newer glibc than this one: use the jar of a"
                        + " release, which loads with glibc 2.17 and newer"
                : "if that folder is mounted noexec, set 'native.library.directory' to another";
    }

    /**
     * Copies through plain streams: a channel would be closed for good by an interrupt (the streams' own transferTo
     * takes one since Java 21), and a cached jar connection is shared with class loaders that may be closed at any
     * time.
     */
    private static void unpack(URL source, File target) throws IOException {
        URLConnection connection = source.openConnection();
        connection.setUseCaches(false);
        try (InputStream in = connection.getInputStream();
                OutputStream out = new FileOutputStream(target)) {
            byte[] buffer = new byte[1 << 16];
            long length = 0;
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                length += read;
            }
            long expected = connection.getContentLengthLong();
            if (length == 0 || expected >= 0 && length != expected) {
                throw new IOException("copied " + length + " of " + expected + " bytes to " + target);
            }
        }
    }

    private static String jarVersion() throws PieCloudDBException {
        URL url = NativeLibrary.class.getResource(VERSION_RESOURCE);
        if (url == null) {
            throw unusable("cannot be compared with the jar, which lacks " + VERSION_RESOURCE, null);
        }
        try {
            URLConnection connection = url.openConnection();
            connection.setUseCaches(false);
            try (InputStream in = connection.getInputStream()) {
                Properties properties = new Properties();
                properties.load(in);
                return properties.getProperty("version");
            }
        } catch (IOException e) {
            throw unusable("cannot be compared with the jar, whose " + VERSION_RESOURCE + " is unreadable", e);
        }
    }

    private static void requireVersion(String jar, String library) throws PieCloudDBException {
        if (!library.equals(jar)) {
            throw unusable(
                    "is of version " + library + ", the jar of version " + jar
                            + ": the class path holds two versions of the connector",
                    null);
        }
    }

    private static PieCloudDBException unusable(String what, Throwable cause) {
        PieCloudDBException e = new PieCloudDBException.Permanent(
                PieCloudDBException.Kind.CONFIG, "the native library for " + Platform.name() + " " + what);
        if (cause != null) {
            // Not as its cause: the SQL client shows the innermost cause alone, and that would hide what to do.
            e.addSuppressed(cause);
        }
        return e;
    }
}
