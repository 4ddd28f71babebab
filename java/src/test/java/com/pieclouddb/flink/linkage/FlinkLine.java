package com.pieclouddb.flink.linkage;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A line of Flink that the jar runs on, with its jars: told by the build in a file, {@code version=path:path} a line.
 */
public final class FlinkLine {

    private final String version;
    private final List<Path> jars;

    private FlinkLine(String line) {
        String[] words = line.split("=", 2);
        version = words[0];
        jars = Arrays.stream(words[1].split(File.pathSeparator)).map(Paths::get).collect(Collectors.toList());
    }

    /** All of them, the oldest first. */
    public static Stream<FlinkLine> all() throws IOException {
        return Files.readAllLines(Paths.get(System.getProperty("flink.lines"))).stream()
                .map(FlinkLine::new);
    }

    public boolean isFlink2() {
        return version.startsWith("2.");
    }

    /** Sees these things, this line of Flink, and of the JVM that runs only what is its own. */
    public URLClassLoader loader(Path... before) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (Path path : Arrays.asList(before)) {
            urls.add(path.toUri().toURL());
        }
        for (Path jar : jars) {
            urls.add(jar.toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    }

    @Override
    public String toString() {
        return "Flink " + version;
    }
}
