package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each builder shows an example in its documentation, which compiles and builds a sink. */
class JavadocExamplesTest {

    private static final Path SOURCES = Path.of("java/src/main/java/com/pieclouddb/flink");

    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\R(.*?)\\R \\* }</pre>", Pattern.DOTALL);

    private static final String IMPORTS = "import com.pieclouddb.flink.*;\n"
            + "import org.apache.flink.table.api.DataTypes;\n"
            + "import org.apache.flink.table.data.*;\n"
            + "import org.apache.flink.table.types.logical.RowType;\n"
            + "import org.apache.flink.types.Row;\n";

    @ParameterizedTest
    @ValueSource(
            classes = {
                PieCloudDBSinkBuilder.class,
                PieCloudDBDatabaseSinkBuilder.class,
                PieCloudDBDebeziumSinkBuilder.class
            })
    void theExampleMakesASink(Class<?> builder, @TempDir Path folder) throws Exception {
        Path source = folder.resolve("Example.java");
        Files.writeString(
                source,
                IMPORTS + "public class Example {\n  public static Object sink() {\n" + example(builder)
                        + "\n    return sink;\n  }\n}\n");
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeThat(compiler).as("a runtime without javac").isNotNull();
        int result = compiler.run(
                null,
                told,
                told,
                "-classpath",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());
        assertThat(result)
                .as("javac: %s", told.toString(StandardCharsets.UTF_8))
                .isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, builder.getClassLoader())) {
            assertThat(loader.loadClass("Example").getMethod("sink").invoke(null))
                    .isInstanceOf(PieCloudDBSink.class);
        }
    }

    private static String example(Class<?> builder) throws IOException {
        String text = Files.readString(SOURCES.resolve(builder.getSimpleName() + ".java"));
        Matcher example = EXAMPLE.matcher(text);
        assertThat(example.find()).as("an example in the documentation").isTrue();
        return example.group(1).replaceAll("(?m)^ \\*", "");
    }
}
