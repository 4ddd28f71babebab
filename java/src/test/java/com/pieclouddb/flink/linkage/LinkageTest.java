package com.pieclouddb.flink.linkage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The one jar links on every line of Flink: each of its classes, but for the sink in the shape of the other generation.
 */
class LinkageTest {

    private static final Path JAR = Paths.get(System.getProperty("connector.jar"));
    private static final String OURS = "com/pieclouddb/flink/";
    private static final String FLINK_1 = OURS + "internal/flink1/";
    private static final String FLINK_2 = OURS + "internal/flink2/";
    private static final String PIPELINE = OURS + "pipeline/";

    static Stream<FlinkLine> lines() throws IOException {
        return FlinkLine.all();
    }

    @ParameterizedTest
    @MethodSource("lines")
    void everyClassLinksButTheOtherGenerationsShapeAndPipelines(FlinkLine line) throws IOException {
        Map<String, Set<String>> problems = problems(line);
        assertThat(problems)
                .as("without Flink CDC a pipeline's sink cannot link")
                .anySatisfy((name, found) -> assertThat(name).startsWith(PIPELINE));
        problems.keySet().removeIf(name -> name.startsWith(PIPELINE));
        String other = line.isFlink2() ? FLINK_1 : FLINK_2;
        assertThat(problems)
                .as("that which cannot link is seen")
                .anySatisfy((name, found) -> assertThat(name).startsWith(other));
        problems.keySet().removeIf(name -> name.startsWith(other));
        assertThat(problems).isEmpty();
    }

    /** The oldest Flink CDC runs on these lines, the newest that can be had on the last two. */
    @ParameterizedTest
    @CsvSource({"1.18, 3.2.0", "1.19, 3.2.0", "1.20, 3.2.0", "1.19, 3.5.0", "1.20, 3.5.0"})
    void theSinkOfPipelinesLinks(String flink, String cdc) throws IOException {
        FlinkLine line = lines().filter(any -> any.toString().startsWith("Flink " + flink))
                .findFirst()
                .orElseThrow();
        Path common = Arrays.stream(System.getProperty("cdc.jars").split(File.pathSeparator))
                .map(Paths::get)
                .filter(jar -> jar.getFileName().toString().equals("flink-cdc-common-" + cdc + ".jar"))
                .findFirst()
                .orElseThrow();
        Map<String, Set<String>> problems = problems(line, common);
        problems.keySet().removeIf(name -> !name.startsWith(PIPELINE));
        assertThat(problems).isEmpty();
    }

    /** What is looked up by reflection, and so escapes the check above: their initialisers look it up. */
    @ParameterizedTest
    @MethodSource("lines")
    void whatIsCalledByReflectionIsFound(FlinkLine line) throws Exception {
        try (URLClassLoader loader = line.loader(JAR)) {
            for (String name : List.of("CommittableMessages", "RunningJob")) {
                Class.forName("com.pieclouddb.flink.internal.commit." + name, true, loader);
            }
        }
    }

    @Test
    void allLinesAreChecked() throws IOException {
        assertThat(lines().map(FlinkLine::toString).map(name -> name.replaceAll("[.][0-9]+$", "")))
                .containsExactly(
                        "Flink 1.18", "Flink 1.19", "Flink 1.20", "Flink 2.0", "Flink 2.1", "Flink 2.2", "Flink 2.3");
    }

    private static Map<String, Set<String>> problems(FlinkLine line, Path... more) throws IOException {
        Path[] paths = Stream.concat(Stream.of(JAR), Arrays.stream(more)).toArray(Path[]::new);
        try (URLClassLoader loader = line.loader(paths);
                JarFile jar = new JarFile(JAR.toFile())) {
            Linker linker = new Linker(loader, OURS);
            List<String> names = jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .collect(Collectors.toList());
            assertThat(names).hasSizeGreaterThan(100);
            Map<String, Set<String>> problems = new TreeMap<>();
            for (String name : names) {
                problems.put(name, linker.problems(name));
            }
            problems.values().removeIf(Set::isEmpty);
            return problems;
        }
    }
}
