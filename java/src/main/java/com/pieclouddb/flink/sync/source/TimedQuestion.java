package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * One visit to the source's server: connects, asks, leaves.
 *
 * <p>Promises to end at its deadline, or as soon as the asking thread is interrupted: the driver hears neither, so a
 * thread of its own waits for it, and its connection is cut then.
 */
final class TimedQuestion {

    /** For all answers of one visit. */
    private static final Duration ANSWERS = Duration.ofSeconds(60);

    private final MySqlConf conf;
    private final CdcClasses cdc;
    private volatile SourceServer server;
    private volatile boolean isOver;

    private TimedQuestion(MySqlConf conf, CdcClasses cdc) {
        this.conf = conf;
        this.cdc = cdc;
    }

    static <T> T ask(MySqlConf conf, CdcClasses cdc, Function<SourceServer, T> question) throws InterruptedException {
        return new TimedQuestion(conf, cdc).answer(question);
    }

    private <T> T answer(Function<SourceServer, T> question) throws InterruptedException {
        FutureTask<T> answer = new FutureTask<>(() -> {
            try (SourceServer opened = SourceServer.connect(conf, cdc)) {
                server = opened;
                return isOver ? null : question.apply(opened);
            }
        });
        Thread thread = new Thread(answer, "pieclouddb-source-question");
        thread.setDaemon(true);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        thread.start();
        Duration deadline = conf.duration(MySqlOption.CONNECT_TIMEOUT).plus(ANSWERS);
        try {
            return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException
                    ? (RuntimeException) e.getCause()
                    : new FlinkRuntimeException(e.getCause());
        } catch (TimeoutException e) {
            throw new FlinkRuntimeException(
                    "The source's server did not answer within " + deadline.getSeconds() + " s", e);
        } finally {
            isOver = true;
            if (!answer.isDone() && server != null) {
                server.abort();
            }
        }
    }
}
