package com.pieclouddb.flink.bench;

import com.pieclouddb.flink.sync.Command;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * {@code SyncJob}: runs one job of {@code mysql-sync-database} per line of standard input,
 * {@code watched|bare FLAG...}, answers {@code running} when it was submitted, and cancels it at the next line.
 *
 * <p>The job is the command's own. {@code bare} takes the watch off its source on the way into the environment: the
 * command has no switch for that.
 */
@SuppressWarnings("try") // close() is Flink's
final class SyncJob extends StreamExecutionEnvironment {

    private final boolean isBare;

    private SyncJob(Configuration configuration, boolean isBare) {
        super(configuration);
        this.isBare = isBare;
    }

    public static void main(String[] args) throws Exception {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            JobClient job = submit(line.split(" "));
            System.out.println("running");
            commands.readLine();
            job.cancel().get(60, TimeUnit.SECONDS);
            awaitEnd(job);
            System.out.println("canceled");
        }
        System.exit(0);
    }

    @Override
    public <OUT> DataStreamSource<OUT> fromSource(
            Source<OUT, ?, ?> source, WatermarkStrategy<OUT> watermarks, String name) {
        return super.fromSource(isBare ? bare(source) : source, watermarks, name);
    }

    /** Flink CDC's jobs share their connections by the source's address: one that ends closes those of the next. */
    private static void awaitEnd(JobClient job) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        boolean lives = true;
        while (lives) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the job does not end");
            }
            Thread.sleep(100);
            try {
                job.getJobStatus().get(60, TimeUnit.SECONDS);
            } catch (IllegalStateException e) {
                // Its cluster is gone with it.
                lives = false;
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <OUT> Source<OUT, ?, ?> bare(Source<OUT, ?, ?> watched) {
        try {
            Field inner = watched.getClass().getDeclaredField("inner");
            inner.setAccessible(true);
            return (Source<OUT, ?, ?>) inner.get(watched);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the watch is not around the source", e);
        }
    }

    private static JobClient submit(String[] words) throws Exception {
        Configuration flink = new Configuration();
        flink.setString("execution.target", "local");
        flink.setString("execution.attached", "true");
        flink.setString("execution.checkpointing.interval", "1s");
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        SyncJob env = new SyncJob(flink, words[0].equals("bare"));
        env.setParallelism(1);
        CompletableFuture<JobClient> submitted = new CompletableFuture<>();
        env.registerJobListener(new JobListener() {
            @Override
            public void onJobSubmitted(JobClient client, Throwable failure) {
                if (failure == null) {
                    submitted.complete(client);
                } else {
                    submitted.completeExceptionally(failure);
                }
            }

            @Override
            public void onJobExecuted(JobExecutionResult result, Throwable failure) {
                // The caller compares what is in the target.
            }
        });
        initializeContextEnvironment(configuration -> env);
        String[] flags = new String[words.length - 1];
        System.arraycopy(words, 1, flags, 0, flags.length);
        // It waits for the job's end.
        Thread main = new Thread(
                () -> {
                    try {
                        Command.main(flags);
                    } catch (Exception e) {
                        // A job that was submitted ends by being canceled.
                        submitted.completeExceptionally(e);
                    }
                },
                "command");
        main.setDaemon(true);
        main.start();
        try {
            return submitted.get(120, TimeUnit.SECONDS);
        } finally {
            resetContextEnvironment();
        }
    }
}
