package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Iterator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

/**
 * A job of {@code tests/soak/soak.sh}: a {@link SteadyChangelog} into one table, with a guarantee and a load mode, that
 * restarts as often as it must.
 *
 * <p>With {@code expected=FILE} no job runs; FILE gets the rows of the table in the end, as {@link Changelog#select}
 * shows them, each ended by a zero byte, since values hold line ends.
 */
public final class SoakJob {

    private final JobArguments arguments;
    private final boolean merge;
    private final SteadyChangelog changelog;

    private SoakJob(JobArguments arguments) {
        this.arguments = arguments;
        merge = arguments.text("mode").equals("merge");
        changelog = new SteadyChangelog(
                arguments.longNumber("seed"),
                arguments.number("parallelism"),
                arguments.number("keys"),
                !merge,
                arguments.longNumber("start"),
                arguments.number("per-second"),
                arguments.number("seconds"));
    }

    public static void main(String[] words) throws Exception {
        SoakJob job = new SoakJob(new JobArguments(words));
        if (job.arguments.has("expected")) {
            job.tellExpected(Paths.get(job.arguments.text("expected")));
        } else {
            job.run();
        }
    }

    private void run() throws Exception {
        StreamExecutionEnvironment env = RestartingJob.environment("2 s", arguments.number("parallelism"));
        PieCloudDBSinkBuilder<Row> sink = PieCloudDBSink.<Row>builder()
                .hostname("127.0.0.1")
                .port(arguments.number("port"))
                .username(arguments.text("user"))
                .password(arguments.text("password"))
                .database("demo")
                .table(arguments.text("table"))
                .option("load_mode", arguments.text("mode"))
                .option("sink.delivery-guarantee", arguments.text("guarantee"))
                .rowType(Changelog.ROW_TYPE)
                .converter(RowConverter.forRow(Changelog.TYPE));
        if (arguments.text("guarantee").equals("exactly-once")) {
            sink.option("sink.staging.retention", arguments.text("retention"));
        }
        ChangelogSource.of(changelog)
                .in(env)
                .sinkTo((merge ? sink.primaryKey("id") : sink).build())
                .uid("sink");
        env.execute(arguments.text("table"));
    }

    private void tellExpected(Path file) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (Iterator<String> rows = changelog.finalRows().iterator(); rows.hasNext(); ) {
                out.write(rows.next());
                out.write('\0');
            }
        }
    }
}
