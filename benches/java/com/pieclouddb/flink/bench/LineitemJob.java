package com.pieclouddb.flink.bench;

import com.pieclouddb.flink.PieCloudDBBuilder;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;

/**
 * {@code LineitemJob FRAMES}: runs one Flink job per line of standard input, {@code PORT append|merge|discard
 * fields|binary TABLE [option=value]...} or {@code PORT database fields PREFIX TABLES [option=value]...}, and answers
 * each with one line of measurements. Options that begin with {@code execution.} are Flink's.
 *
 * <p>Real jobs in one Flink cluster of this process, as a session cluster runs them one after the other: a cluster for
 * each job would load Flink's RPC classes anew, and compile them while the job is measured. Parallelism 1, object reuse
 * on, no checkpoints but by such an option, and none of the sink's own flushes: without checkpoints all rows become
 * visible at the end of input, at once, as with the server's own COPY. The rows are loaded and the virtual machine is
 * warm before anything is measured, which is the caller's business.
 */
final class LineitemJob {

    /** What Flink's own options begin with here. */
    private static final String FLINK = "execution.";

    private final String port;
    private final String[] command;
    private final Configuration flink = new Configuration();

    /** Of the words of one line. */
    private LineitemJob(String[] words) {
        port = words[0];
        command = Arrays.stream(words, 1, words.length)
                .filter(word -> !word.startsWith(FLINK))
                .toArray(String[]::new);
        Arrays.stream(words)
                .filter(word -> word.startsWith(FLINK))
                .map(word -> word.split("=", 2))
                .forEach(option -> flink.setString(option[0], option[1]));
        // With checkpoints Flink would repeat a failed job for ever.
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    }

    public static void main(String[] args) throws Exception {
        BlockReader.rows = Lineitem.load(Path.of(args[0]));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder().build());
        cluster.start();
        System.out.println("ready rows=" + BlockReader.rows.rows());
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(new LineitemJob(line.split(" ")).run(cluster));
        }
        System.exit(0);
    }

    private String run(MiniCluster cluster) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, flink);
        env.getConfig().enableObjectReuse();
        long blocks = (BlockReader.rows.rows() + BlockReader.BLOCK - 1) / BlockReader.BLOCK;
        DataStream<RowData> rows = env.fromSource(
                        new NumberSequenceSource(0, blocks - 1), WatermarkStrategy.noWatermarks(), "blocks")
                .flatMap(new BlockReader(command[1].equals("binary")))
                .returns(InternalTypeInfo.of(Lineitem.rowType()));
        rows.sinkTo(sink());
        cluster.executeJobBlocking(env.getStreamGraph().getJobGraph());
        return Clock.stop();
    }

    private Sink<RowData> sink() {
        if (command[0].equals("discard")) {
            return new DiscardingSink<>();
        }
        if (command[0].equals("database")) {
            return described(PieCloudDBSink.<RowData>databaseBuilder(), 4)
                    .converter(new LineitemTables(command[2], Integer.parseInt(command[3])))
                    .build();
        }
        PieCloudDBSinkBuilder<RowData> builder = described(PieCloudDBSink.<RowData>builder(), 3)
                .table(command[2])
                .option(PieCloudDBOptions.LOAD_MODE.key(), command[0])
                .rowType(Lineitem.rowType())
                .converter(RowConverter.forRowData());
        Sink<RowData> sink =
                command[0].equals("merge") ? builder.primaryKey(Lineitem.KEY).build() : builder.build();
        return hasCheckpoints() ? TimedSink.of(sink) : sink;
    }

    /** Then the sink has no flushes of its own by default. */
    private boolean hasCheckpoints() {
        return flink.contains(CheckpointingOptions.CHECKPOINTING_INTERVAL);
    }

    private <B extends PieCloudDBBuilder<B>> B described(B builder, int firstOption) {
        builder.hostname("127.0.0.1")
                .port(Integer.parseInt(port))
                .username("postgres")
                .database("postgres");
        if (!hasCheckpoints()) {
            builder.option(PieCloudDBOptions.BUFFER_FLUSH_MAX_ROWS.key(), "0")
                    .option(PieCloudDBOptions.BUFFER_FLUSH_MAX_BYTES.key(), "0")
                    .option(PieCloudDBOptions.BUFFER_FLUSH_INTERVAL.key(), "0s");
        }
        for (int i = firstOption; i < command.length; i++) {
            String[] option = command[i].split("=", 2);
            builder.option(option[0], option[1]);
        }
        return builder;
    }
}
