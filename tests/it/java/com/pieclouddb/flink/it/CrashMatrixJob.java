package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

/**
 * The job of {@code tests/e2e/crash-matrix.sh}, which kills TaskManagers at the points of the {@link CrashMatrix}.
 *
 * <p>All arguments are written {@code name=value}. With {@code cells=all} or {@code cells=some} no job runs; instead
 * the cells are printed, a line each: job, guarantee, load mode, when the point is armed, the job's checkpoint timeout,
 * failpoint, what is promised, and the point in words, with tabs between. A job is that of a load mode, or
 * {@code batch} for a {@link BatchCrashJob} of either. With {@code expected=FOLDER} FOLDER gets of each job
 * {@code JOB.sql}, which makes its table, {@code JOB.select}, and {@code JOB.rows} with the rows in the end, each ended
 * by a zero byte.
 */
public final class CrashMatrixJob {

    private static final String BATCH = "batch";

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
        boolean all = arguments.text("cells").equals("all");
        for (CrashCell cell :
                all ? CrashMatrix.cells(CrashFault.TASKMANAGER) : CrashMatrix.few(CrashFault.TASKMANAGER)) {
            printCell(
                    cell.mode().toString(),
                    cell.point().guarantee(),
                    cell.mode(),
                    cell.point().moment().name(),
                    cell.point().moment().checkpointTimeout(),
                    cell.failpoint(),
                    CrashMatrix.promise(cell),
                    cell.point().words());
        }
        for (BatchCrashPoint point : BatchCrashPoint.values()) {
            for (LoadMode mode : LoadMode.values()) {
                // Where the rerun does not know what was committed, and where it does not know what was staged.
                boolean one = mode == (point == BatchCrashPoint.PUBLISHED ? LoadMode.APPEND : LoadMode.MERGE)
                        && (point == BatchCrashPoint.PUBLISHED || point == BatchCrashPoint.STAGED);
                if (point.isReachedBy(mode) && (all || one)) {
                    printCell(
                            BATCH,
                            point.guarantee(),
                            mode,
                            "START",
                            "none",
                            point.failpoint(),
                            point.promise(mode),
                            "BATCH: " + point.words());
                }
            }
        }
    }

    private static void printCell(String job, DeliveryGuarantee guarantee, LoadMode mode, String... rest) {
        System.out.println(job + "\t" + guarantee + "\t" + mode + "\t" + String.join("\t", rest));
    }

    private void tellExpected(Path folder) throws IOException {
        for (LoadMode mode : LoadMode.values()) {
            // What is expected is the same with both guarantees.
            CrashJob job = new CrashJob(DeliveryGuarantee.EXACTLY_ONCE, mode);
            tellExpected(folder, mode.toString(), job.createTable(), Changelog.select("t"), job.expectedRows());
        }
        tellExpected(folder, BATCH, BatchCrashJob.CREATE_TABLE, BatchCrashJob.SELECT, BatchCrashJob.expectedRows());
    }

    private static void tellExpected(Path folder, String job, String table, String select, List<String> rows)
            throws IOException {
        Files.writeString(folder.resolve(job + ".sql"), table + ";\n");
        Files.writeString(folder.resolve(job + ".select"), select + ";\n");
        Files.writeString(
                folder.resolve(job + ".rows"),
                rows.stream().map(row -> row + '\0').collect(Collectors.joining()));
    }

    private void run() throws Exception {
        if (arguments.text("job").equals(BATCH)) {
            BatchCrashJob.of(named(DeliveryGuarantee.values(), "guarantee"), named(LoadMode.values(), "mode"), server())
                    .execute("crash matrix");
            return;
        }
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
        job.source()
                .limitedBy(new Limit(arguments.text("limit")))
                .in(env)
                .sinkTo(job.sink(
                        server().table("t").rowType(Changelog.ROW_TYPE).converter(RowConverter.forRow(Changelog.TYPE))))
                .uid("sink");
        env.execute("crash matrix");
    }

    private PieCloudDBSinkBuilder<Row> server() {
        return PieCloudDBSink.<Row>builder()
                .hostname("127.0.0.1")
                .port(arguments.number("port"))
                .username(arguments.text("user"))
                .password(arguments.text("password"))
                .database("demo");
    }

    private <T> T named(T[] values, String argument) {
        return Arrays.stream(values)
                .filter(value -> value.toString().equals(arguments.text(argument)))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no " + argument + " " + arguments.text(argument)));
    }
}
