package com.pieclouddb.flink.it;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

import com.pieclouddb.flink.PieCloudDBSink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The job of {@code tests/e2e/many-tables.sh}: a {@link Changelog} over many tables, through one sink, in a real cluster.
 *
 * <p>All arguments are written {@code name=value}. With {@code expected=FOLDER} no job runs; instead FOLDER gets what its
 * test needs: {@code create.sql} makes the tables, {@code select.sql} shows their rows, and {@code expected.rows} has what
 * it shows in the end, each row ended by a zero byte, since values hold line ends. The same arguments give the same rows.
 */
public final class ManyTablesJob {

    private final Map<String, String> arguments;
    private final ChangelogTables spread;
    private final Changelog changelog;

    private ManyTablesJob(Map<String, String> arguments) {
        this.arguments = arguments;
        spread = new ChangelogTables(number("tables"));
        changelog = Changelog.full(number("changes"), number("keys"), number("parallelism"));
    }

    public static void main(String[] arguments) throws Exception {
        ManyTablesJob job = new ManyTablesJob(Arrays.stream(arguments)
                .map(argument -> argument.split("=", 2))
                .collect(Collectors.toMap(named -> named[0], named -> named[1])));
        if (job.arguments.containsKey("expected")) {
            job.tellExpected(Paths.get(job.text("expected")));
        } else {
            job.run();
        }
    }

    private void run() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", "500 ms");
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
        configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(number("parallelism"));
        ChangelogSource.of(changelog).overCheckpoints(number("checkpoints")).in(env)
                .sinkTo(PieCloudDBSink.<Row>databaseBuilder()
                        .hostname("127.0.0.1").port(number("port"))
                        .username(text("user")).password(text("password")).database("demo")
                        .option("connection.pool.max-size", text("pool"))
                        .converter(spread)
                        .build())
                .uid("sink");
        env.execute("many tables");
    }

    private void tellExpected(Path folder) throws IOException {
        Files.writeString(folder.resolve("create.sql"),
                Arrays.stream(spread.create()).collect(Collectors.joining(";\n", "", ";\n")));
        Files.writeString(folder.resolve("select.sql"), String.join(";\n", spread.selects()) + ";\n");
        Files.writeString(folder.resolve("expected.rows"),
                spread.finalRows(changelog).stream().map(row -> row + '\0').collect(Collectors.joining()));
    }

    private int number(String name) {
        return Integer.parseInt(text(name));
    }

    private String text(String name) {
        String value = arguments.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the argument " + name + " is missing");
        }
        return value;
    }
}
