package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Flink 2.3 wants to be told what becomes of rows whose key nobody has checked: each row of the table in
 * {@code docs/flink-versions.md} says what is written, and does what it says, with both guarantees.
 */
@Tag("flink-2")
class UpsertKeyIT {

    private static final Path DOCUMENT = Path.of("docs/flink-versions.md");
    private static final String HEAD = "| what is written | two rows of one key |";

    private static final String KEY = ", PRIMARY KEY (id) NOT ENFORCED";

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    static List<List<String>> choices() throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
        List<List<String>> rows = lines.stream()
                .skip(lines.indexOf(HEAD) + 2L)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.split("\\|"))
                        .skip(1)
                        .map(String::trim)
                        .collect(Collectors.toList()))
                .collect(Collectors.toList());
        assertThat(rows).as("choices in the document").hasSizeGreaterThan(4);
        List<List<String>> choices = new ArrayList<>();
        for (String guarantee : List.of("at-least-once", "exactly-once")) {
            rows.forEach(row -> choices.add(List.of(guarantee, row.get(0), row.get(1))));
        }
        return choices;
    }

    @ParameterizedTest
    @MethodSource("choices")
    void eachChoiceDoesWhatTheDocumentSays(List<String> choice) throws Exception {
        String written = choice.get(1).replace("`", "");
        TableEnvironment tables = tables(written.equals("SET 'execution.runtime-mode' = 'batch'"));
        if (written.startsWith("SET '")) {
            String[] words = written.split("'");
            if (!words[1].equals("execution.runtime-mode")) {
                tables.getConfig().set(words[1], words[3]);
            }
        }
        target(
                tables,
                choice.get(0),
                written.contains("PRIMARY KEY") ? "" : KEY,
                written.startsWith("'") ? ", " + written : "");
        String insert = "INSERT INTO target VALUES (1, 'first'), (2, 'other'), (1, 'second')"
                + (written.startsWith("ON CONFLICT") ? " " + written : "");
        String result = choice.get(2);
        if (result.contains(": `")) {
            assertThatThrownBy(() -> tables.executeSql(insert).await()).hasStackTraceContaining(result.split("`")[1]);
            assertThat(server.count("SELECT count(*) FROM t"))
                    .as("rows of what failed")
                    .isZero();
            return;
        }
        tables.executeSql(insert).await();
        List<String> rows = server.query("SELECT id, v FROM t ORDER BY id, v");
        if (result.startsWith("the later one")) {
            assertThat(rows).containsExactly("1|second", "2|other");
        } else if (result.startsWith("the first one")) {
            assertThat(rows).containsExactly("1|first", "2|other");
        } else {
            assertThat(result).startsWith("both");
            assertThat(rows).containsExactly("1|first", "1|second", "2|other");
        }
    }

    /** The rule is about rows that nobody has checked. */
    @ParameterizedTest
    @CsvSource({"at-least-once", "exactly-once"})
    void aQueryThatHasTheTargetsKeyNeedsNoChoice(String guarantee) throws Exception {
        TableEnvironment tables = tables(false);
        target(tables, guarantee, KEY, "");
        tables.executeSql(
                        "INSERT INTO target SELECT id, MAX(v) FROM (VALUES (1, 'a'), (1, 'b'), (2, 'c')) AS rows_ (id,"
                                + " v) GROUP BY id")
                .await();
        assertThat(server.query("SELECT id, v FROM t ORDER BY id, v")).containsExactly("1|b", "2|c");
    }

    private static TableEnvironment tables(boolean batch) {
        EnvironmentSettings.Builder settings = EnvironmentSettings.newInstance();
        TableEnvironment tables =
                TableEnvironment.create((batch ? settings.inBatchMode() : settings.inStreamingMode()).build());
        tables.getConfig().set("parallelism.default", "1");
        tables.getConfig().set("restart-strategy.type", "none");
        tables.getConfig().set("execution.checkpointing.interval", "500 ms");
        return tables;
    }

    private static void target(TableEnvironment tables, String guarantee, String key, String option) throws Exception {
        server.execute("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int, v text)");
        tables.executeSql("CREATE TABLE target (id INT, v STRING" + key + ") WITH ('connector' = 'pieclouddb', "
                + "'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', 'username' = 'postgres', "
                + "'database-name' = 'postgres', 'table-name' = 't', 'sink.delivery-guarantee' = '" + guarantee + "'"
                + option + ")");
    }
}
