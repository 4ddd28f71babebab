package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/decisions/README.md lists each decision by number and title, with a date and whether it still holds. */
class DecisionsDocumentTest {

    private static final Path FOLDER = Path.of("docs/decisions");

    @Test
    void theIndexHasALineForEachDecision() throws IOException {
        List<String> lines = Files.readAllLines(FOLDER.resolve("README.md")).stream()
                .filter(line -> line.startsWith("| ["))
                .collect(Collectors.toList());

        assertThat(lines)
                .allMatch(line -> line.matches(".* \\| \\d{4}-\\d{2}-\\d{2} \\| (holds|replaced by \\d{4}) \\|"));
        assertThat(lines.stream().map(line -> line.replaceAll(" \\| \\d{4}-\\d{2}-\\d{2} \\| [^|]+ \\|$", "")))
                .containsExactlyElementsOf(expected());
    }

    private static List<String> expected() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d{4}-.*\\.md"))
                    .sorted()
                    .map(DecisionsDocumentTest::expectedLine)
                    .collect(Collectors.toList());
        }
    }

    private static String expectedLine(Path file) {
        String name = file.getFileName().toString();
        String number = name.substring(0, 4);
        String heading = "# " + number + ". ";
        try {
            String title = Files.readAllLines(file).get(0);
            assertThat(title).startsWith(heading);
            return "| [" + number + "](" + name + ") | " + title.substring(heading.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
