package com.pieclouddb.flink.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Asks the server all the time how many sessions our writers have, and keeps the most. */
final class WriterSessions {

    private static final String COUNT =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieclouddb-flink-%'";

    private final AtomicBoolean done = new AtomicBoolean();
    private final CompletableFuture<Long> most;

    private WriterSessions(Postgres server) {
        most = CompletableFuture.supplyAsync(() -> watchUntilDone(server));
    }

    static WriterSessions watch(Postgres server) {
        return new WriterSessions(server);
    }

    /** Stops watching. */
    long most() throws ExecutionException, InterruptedException {
        done.set(true);
        return most.get();
    }

    private long watchUntilDone(Postgres server) {
        long seen = 0;
        try (Connection connection = server.connect(); Statement statement = connection.createStatement()) {
            while (!done.get()) {
                try (ResultSet result = statement.executeQuery(COUNT)) {
                    result.next();
                    seen = Math.max(seen, result.getLong(1));
                }
                Thread.sleep(5);
            }
        } catch (SQLException | InterruptedException e) {
            throw new IllegalStateException("the sessions could not be watched to the end", e);
        }
        return seen;
    }
}
