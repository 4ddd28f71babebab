package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.Formatter;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.junit.jupiter.api.Test;

/** docs/options.md says what the code says: the same options, defaults and descriptions, in the same order. */
class OptionsDocumentTest {

    private static final String SECOND_TABLE = "## Only in the database mode\n";

    @Test
    void theDocumentHoldsTheTablesOfTheCode() throws IOException {
        String document = Files.readString(Path.of("docs/options.md"));
        assertThat(document).containsOnlyOnce(SECOND_TABLE);
        int second = document.indexOf(SECOND_TABLE);
        List<ConfigOption<?>> first = new ArrayList<>(PieCloudDBOptions.REQUIRED);
        first.addAll(PieCloudDBOptions.OPTIONAL);
        assertThat(table(document.substring(0, second))).isEqualTo(table(first));
        assertThat(table(document.substring(second, document.indexOf("## Options that need others\n"))))
                .isEqualTo(table(PieCloudDBOptions.DATABASE_OPTIONAL));
    }

    @Test
    void theCommentOfEachConstantHasItsKey() throws IOException, IllegalAccessException {
        String source = Files.readString(Path.of("java/src/main/java/com/pieclouddb/flink/PieCloudDBOptions.java"));
        for (Field field : PieCloudDBOptions.class.getFields()) {
            if (field.getType() == ConfigOption.class) {
                String key = ((ConfigOption<?>) field.get(null)).key();
                assertThat(source)
                        .containsPattern("/\\*\\* Option \\{@code " + Pattern.quote(key)
                                + "}\\. \\*/\\R *public static final ConfigOption<[^=]*> " + field.getName() + "\\s");
            }
        }
    }

    private static String table(String text) {
        return text.lines().filter(line -> line.startsWith("| `")).collect(Collectors.joining("\n"));
    }

    private static String table(List<ConfigOption<?>> options) {
        return options.stream().map(OptionsDocumentTest::line).collect(Collectors.joining("\n"));
    }

    private static String line(ConfigOption<?> option) {
        String defaultValue = PieCloudDBOptions.REQUIRED.contains(option)
                ? "required"
                : option.hasDefaultValue() ? "`" + plain(option.defaultValue()) + "`" : "none";
        Formatter text = new HtmlFormatter();
        String description =
                text.format(option.description()).replace("&lt;", "<").replace("&gt;", ">");
        return "| `" + option.key() + "` | " + defaultValue + " | " + description + " |";
    }

    /** As a user would write it: 10min, not PT10M. */
    private static String plain(Object value) {
        if (value instanceof Duration && ((Duration) value).toDays() > 0) {
            return ((Duration) value).toDays() + "d";
        }
        String text = value.toString();
        return text.startsWith("PT")
                ? text.substring(2).replace("M", "min").replace("S", "s")
                : text.replace(" mb", "mb");
    }
}
