package com.pieclouddb.flink.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Asks the server all the time how many sessions our writers have, and keeps the most. */
final class WriterSessions {

    private static final String COUNT =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieclouddb-flink-%'";

    private final AtomicBoolean done = new AtomicBoolean();
    private final CountDownLatch watching = new CountDownLatch(1);
    private final CompletableFuture<Long> most;

    private WriterSessions(Postgres server) {
        most = CompletableFuture.supplyAsync(() -> watchUntilDone(server));
    }

    /** Watches from now on. */
    static WriterSessions watch(Postgres server) throws InterruptedException {
        WriterSessions sessions = new WriterSessions(server);
        sessions.watching.await();
        return sessions;
    }

    /** Stops watching. */
    long most() throws ExecutionException, InterruptedException {
        done.set(true);
        return most.get();
    }

    private long watchUntilDone(Postgres server) {
        long seen = 0;
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            while (!done.get()) {
                try (ResultSet result = statement.executeQuery(COUNT)) {
                    result.next();
                    seen = Math.max(seen, result.getLong(1));
                }
                watching.countDown();
                Thread.sleep(5);
            }
        } catch (SQLException | InterruptedException e) {
            throw new IllegalStateException("the sessions could not be watched to the end", e);
        } finally {
            watching.countDown();
        }
        return seen;
    }
}
