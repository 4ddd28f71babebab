package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.mysql.ServerRule;
import com.pieclouddb.flink.sync.source.SourceMetric;
import com.pieclouddb.flink.sync.tables.TableRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/sync-job.md says what the code says: the same flags and settings, in the same order. */
class SyncDocumentTest {

    @Test
    void theDocumentHoldsTheTablesOfTheCode() throws IOException {
        String document = Files.readString(Path.of("docs/sync-job.md"));
        assertThat(lines(document, "| `--"))
                .isEqualTo(Arrays.stream(Flag.values())
                        .map(flag -> "| `" + flag.text() + "` | `"
                                + flag.example().replace("|", "\\|") + "` | " + flag.meaning() + " |")
                        .collect(Collectors.joining("\n")));
        String settings =
                document.substring(document.indexOf("### `--mysql-conf`"), document.indexOf("### `--sink-conf`"));
        assertThat(lines(settings, "| `"))
                .isEqualTo(Arrays.stream(MySqlOption.values())
                        .map(option ->
                                "| `" + option.key() + "` | " + defaultOf(option) + " | " + option.meaning() + " |")
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void theDocumentHoldsWhatTheServerIsAsked() throws IOException {
        String document = Files.readString(Path.of("docs/sync-job.md"));
        String asked =
                document.substring(document.indexOf("### What the server is asked"), document.indexOf("### The watch"));
        assertThat(lines(asked, "| ").lines().skip(1))
                .containsExactlyElementsOf(Arrays.stream(ServerRule.values())
                        .map(ServerRule::documented)
                        .collect(Collectors.toList()));
    }

    @Test
    void theDocumentHoldsWhatKeepsATableFromBeingLoaded() throws IOException {
        String document = Files.readString(Path.of("docs/sync-job.md"));
        String tables = document.substring(
                document.indexOf("### Tables that are not loaded"), document.indexOf("## Where they go"));
        assertThat(lines(tables, "| ").lines().skip(1))
                .containsExactlyElementsOf(Arrays.stream(TableRule.values())
                        .map(TableRule::documented)
                        .collect(Collectors.toList()));
    }

    @Test
    void theDocumentHoldsTheMetricsOfTheSource() throws IOException {
        assertThat(Files.readString(Path.of("docs/metrics.md"))
                        .lines()
                        .filter(line -> line.contains(" | enumerator, ")))
                .containsExactlyElementsOf(Arrays.stream(SourceMetric.values())
                        .map(SourceMetric::documented)
                        .collect(Collectors.toList()));
    }

    private static String defaultOf(MySqlOption option) {
        return option.defaultText() == null
                ? "required"
                : option.defaultText().isEmpty() ? "none" : option.defaultText();
    }

    private static String lines(String text, String beginning) {
        return text.lines().filter(line -> line.startsWith(beginning)).collect(Collectors.joining("\n"));
    }
}
