package com.pieclouddb.flink.it;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.RowConverter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The job of {@code tests/e2e/crash-matrix.sh}, which kills TaskManagers at the points of the {@link CrashMatrix}.
 *
 * <p>All arguments are written {@code name=value}. With {@code cells=all} or {@code cells=some} no job runs; instead the
 * cells are printed, a line each: guarantee, load mode, when the point is armed, the job's checkpoint timeout, failpoint,
 * what is promised, and the point in words, with tabs between. With {@code expected=FOLDER} FOLDER gets {@code MODE.sql},
 * which makes the table of a load mode, {@code select.sql}, and {@code MODE.rows} with the rows in the end, each ended by a
 * zero byte.
 */
public final class CrashMatrixJob {

    private final JobArguments arguments;

    private CrashMatrixJob(JobArguments arguments) {
        this.arguments = arguments;
    }

    public static void main(String[] words) throws Exception {
        CrashMatrixJob job = new CrashMatrixJob(new JobArguments(words));
        if (job.arguments.has("cells")) {
            job.printCells();
        } else if (job.arguments.has("expected")) {
            job.tellExpected(Paths.get(job.arguments.text("expected")));
        } else {
            job.run();
        }
    }

    private void printCells() {
        List<CrashCell> cells = arguments.text("cells").equals("all")
                ? CrashMatrix.cells(CrashFault.TASKMANAGER)
                : CrashMatrix.few(CrashFault.TASKMANAGER);
        for (CrashCell cell : cells) {
            System.out.println(String.join("\t", cell.point().guarantee().toString(), cell.mode().toString(),
                    cell.point().moment().name(), cell.point().moment().checkpointTimeout(), cell.failpoint(),
                    CrashMatrix.promise(cell), cell.point().words()));
        }
    }

    private void tellExpected(Path folder) throws IOException {
        for (LoadMode mode : LoadMode.values()) {
            // What is expected is the same with both guarantees.
            CrashJob job = new CrashJob(DeliveryGuarantee.EXACTLY_ONCE, mode);
            String name = mode.toString();
            Files.writeString(folder.resolve(name + ".sql"), job.createTable() + ";\n");
            Files.writeString(folder.resolve(name + ".rows"),
                    job.expectedRows().stream().map(row -> row + '\0').collect(Collectors.joining()));
        }
        Files.writeString(folder.resolve("select.sql"), Changelog.select("t") + ";\n");
    }

    private void run() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", "300 ms");
        configuration.setString("execution.checkpointing.timeout", arguments.text("timeout"));
        configuration.setString("execution.checkpointing.tolerable-failed-checkpoints", "100");
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
        configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(CrashJob.PARALLELISM);
        CrashJob job = new CrashJob(named(DeliveryGuarantee.values(), "guarantee"), named(LoadMode.values(), "mode"));
        job.source().limitedBy(new Limit(arguments.text("limit"))).in(env)
                .sinkTo(job.sink(PieCloudDBSink.<Row>builder()
                        .hostname("127.0.0.1").port(arguments.number("port"))
                        .username(arguments.text("user")).password(arguments.text("password")).database("demo").table("t")
                        .rowType(Changelog.ROW_TYPE).converter(RowConverter.forRow(Changelog.TYPE))))
                .uid("sink");
        env.execute("crash matrix");
    }

    private <T> T named(T[] values, String argument) {
        return Arrays.stream(values).filter(value -> value.toString().equals(arguments.text(argument))).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no " + argument + " " + arguments.text(argument)));
    }
}
