package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** docs/sync-job.md says what the code says: the same flags and settings, in the same order. */
class SyncDocumentTest {

    @Test
    void theDocumentHoldsTheTablesOfTheCode() throws IOException {
        String document = Files.readString(Path.of("docs/sync-job.md"));
        assertThat(lines(document, "| `--")).isEqualTo(Arrays.stream(Flag.values())
                .map(flag -> "| `" + flag.text() + "` | `" + flag.example().replace("|", "\\|") + "` | " + flag.meaning() + " |")
                .collect(Collectors.joining("\n")));
        String settings = document.substring(document.indexOf("### `--mysql-conf`"), document.indexOf("### `--sink-conf`"));
        assertThat(lines(settings, "| `")).isEqualTo(Arrays.stream(MySqlOption.values())
                .map(option -> "| `" + option.key() + "` | " + defaultOf(option) + " | " + option.meaning() + " |")
                .collect(Collectors.joining("\n")));
    }

    private static String defaultOf(MySqlOption option) {
        return option.defaultText() == null ? "required" : option.defaultText().isEmpty() ? "none" : option.defaultText();
    }

    private static String lines(String text, String beginning) {
        return text.lines().filter(line -> line.startsWith(beginning)).collect(Collectors.joining("\n"));
    }
}
