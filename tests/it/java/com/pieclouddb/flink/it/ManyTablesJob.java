package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

/**
 * The job of {@code tests/e2e/many-tables.sh} and {@code upgrade.sh}: a {@link Changelog} over many tables, through one
 * sink, in a real cluster, up to a {@link Limit} that the script sets.
 *
 * <p>All arguments are written {@code name=value}. With {@code expected=FOLDER} no job runs; instead FOLDER gets what
 * its test needs: {@code create.sql} makes the tables, {@code select.sql} shows their rows, and {@code expected.rows}
 * has what it shows in the end, each row ended by a zero byte, since values hold line ends. The same arguments give the
 * same rows.
 */
public final class ManyTablesJob {

    private final JobArguments arguments;
    private final ChangelogTables spread;
    private final Changelog changelog;

    private ManyTablesJob(JobArguments arguments) {
        this.arguments = arguments;
        spread = new ChangelogTables(arguments.number("tables"));
        changelog =
                Changelog.full(arguments.number("changes"), arguments.number("keys"), arguments.number("parallelism"));
    }

    public static void main(String[] words) throws Exception {
        ManyTablesJob job = new ManyTablesJob(new JobArguments(words));
        if (job.arguments.has("expected")) {
            job.tellExpected(Paths.get(job.arguments.text("expected")));
        } else {
            job.run();
        }
    }

    private void run() throws Exception {
        StreamExecutionEnvironment env = RestartingJob.environment("500 ms", arguments.number("parallelism"));
        ChangelogSource.of(changelog)
                .overCheckpoints(arguments.number("checkpoints"))
                .busyUpTo(new Limit(arguments.text("limit")))
                .in(env)
                .sinkTo(PieCloudDBSink.<Row>databaseBuilder()
                        .hostname("127.0.0.1")
                        .port(arguments.number("port"))
                        .username(arguments.text("user"))
                        .password(arguments.text("password"))
                        .database("demo")
                        .option("connection.pool.max-size", arguments.text("pool"))
                        .option("sink.delivery-guarantee", arguments.text("guarantee"))
                        .converter(spread)
                        .build())
                .uid("sink");
        env.execute("many tables");
    }

    private void tellExpected(Path folder) throws IOException {
        Files.writeString(
                folder.resolve("create.sql"),
                Arrays.stream(spread.create()).collect(Collectors.joining(";\n", "", ";\n")));
        Files.writeString(folder.resolve("select.sql"), String.join(";\n", spread.selects()) + ";\n");
        Files.writeString(
                folder.resolve("expected.rows"),
                spread.finalRows(changelog).stream().map(row -> row + '\0').collect(Collectors.joining()));
    }
}
