package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/architecture.md names files and folders that are there. */
class ArchitectureDocumentTest {

    private static final String JAVA = "java/src/%s/java/com/pieclouddb/flink/internal/%s.java";
    private static final String NATIVE = "native/load/src/%s";

    @Test
    void theWalksNameFilesThatAreThere() throws IOException {
        String text = Files.readString(Path.of("docs/architecture.md"));
        String walks = text.substring(text.indexOf("### Three walks"), text.indexOf("## The crossing"));
        List<String> java = named(walks, "[a-z0-9]+/[A-Z]\\w+");
        List<String> rust = named(walks, "[\\w/]+\\.rs");
        assertThat(java)
                .hasSizeGreaterThan(10)
                .allMatch(name -> isFile(JAVA, "main", name) || isFile(JAVA, "flink2", name));
        assertThat(rust)
                .hasSizeGreaterThan(30)
                .allMatch(
                        name -> isFile("%s", name) || isFile(NATIVE, name) || isFile(NATIVE, "debezium/route/" + name));
    }

    @Test
    void theTableNamesRoomsThatAreThere() throws IOException {
        List<String> rooms = named(Files.readString(Path.of("docs/architecture.md")), "native/load/src/[\\w/]+");
        assertThat(rooms)
                .hasSizeGreaterThan(15)
                .allMatch(room -> Files.isDirectory(Path.of(room)) || Files.isRegularFile(Path.of(room + ".rs")));
    }

    private static List<String> named(String text, String form) {
        Stream<MatchResult> found =
                Pattern.compile("`(" + form + ")`").matcher(text).results();
        return found.map(match -> match.group(1)).collect(Collectors.toList());
    }

    private static boolean isFile(String form, Object... parts) {
        return Files.isRegularFile(Path.of(String.format(form, parts)));
    }
}
