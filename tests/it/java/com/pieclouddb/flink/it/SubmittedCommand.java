package com.pieclouddb.flink.it;

import com.pieclouddb.flink.sync.Command;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs the jar's main method as {@code flink run} does: the environment that it asks Flink for is the test's.
 *
 * <p>The method waits for the job's end, so it has a thread of its own.
 */
@SuppressWarnings("try") // close() is Flink's
final class SubmittedCommand extends StreamExecutionEnvironment {

    private SubmittedCommand() {}

    /** Returns when the job is submitted; throws what the command threw before. */
    static JobClient submit(StreamExecutionEnvironment env, List<String> words) throws Exception {
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
                // The test asks the client.
            }
        });
        initializeContextEnvironment(configuration -> env);
        try {
            Thread main = new Thread(
                    () -> {
                        try {
                            Command.main(words.toArray(new String[0]));
                            submitted.completeExceptionally(new AssertionError("the command ended without a job"));
                        } catch (Throwable e) {
                            // Once the job is submitted its end belongs to the client, and this changes nothing.
                            submitted.completeExceptionally(e);
                        }
                    },
                    "command");
            main.setDaemon(true);
            main.start();
            return submitted.get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            resetContextEnvironment();
        }
    }
}
