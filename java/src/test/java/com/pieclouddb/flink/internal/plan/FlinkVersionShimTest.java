package com.pieclouddb.flink.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.pieclouddb.flink.linkage.FlinkLine;
import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shape of the sink that is chosen on each line of Flink, also beside Flink CDC's copies of Flink's classes. */
class FlinkVersionShimTest {

    private static final Path JAR = Paths.get(System.getProperty("connector.jar"));

    static Stream<FlinkLine> lines() throws IOException {
        return FlinkLine.all();
    }

    @ParameterizedTest
    @MethodSource("lines")
    void eachGenerationGetsItsOwnAndCanLoadIt(FlinkLine line) throws Exception {
        try (URLClassLoader loader = line.loader(JAR)) {
            String shape = FlinkVersionShim.shape(loader);
            assertThat(shape).endsWith(line.isFlink2() ? ".flink2.Flink2Sink" : ".flink1.Flink1Sink");
            assertThat(Class.forName(shape, true, loader).getMethods()).isNotEmpty();
        }
    }

    /** Flink CDC 3.6 brings the interfaces that its own sinks implement to the generation of Flink that lacks them. */
    @ParameterizedTest
    @MethodSource("lines")
    void copiesOfFlinksClassesChangeNothing(FlinkLine line, @TempDir Path folder) throws Exception {
        try (URLClassLoader plain = line.loader(JAR);
                URLClassLoader beside = line.loader(copies(folder), JAR)) {
            assertThat(beside.loadClass("org.apache.flink.api.connector.sink2.StatefulSink")
                            .getInterfaces())
                    .isEmpty();
            assertThat(FlinkVersionShim.shape(beside)).isEqualTo(FlinkVersionShim.shape(plain));
        }
    }

    private static Path copies(Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeThat(compiler).as("a runtime without javac").isNotNull();
        for (String name : new String[] {"StatefulSink", "TwoPhaseCommittingSink", "SupportsCommitter"}) {
            Path source = folder.resolve(name + ".java");
            Files.writeString(
                    source, "package org.apache.flink.api.connector.sink2; public interface " + name + " { }");
            assertThat(compiler.run(
                            null,
                            null,
                            null,
                            "-proc:none",
                            "-classpath",
                            folder.toString(),
                            "-d",
                            folder.toString(),
                            source.toString()))
                    .isZero();
        }
        return folder;
    }
}
