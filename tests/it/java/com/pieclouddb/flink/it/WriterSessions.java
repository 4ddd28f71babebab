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

    /** Where sessions that end drop hundreds of temporary tables, the server has no lock left to answer with. */
    private static final String OUT_OF_MEMORY = "53200";

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
                seen = Math.max(seen, count(statement));
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

    private static long count(Statement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery(COUNT)) {
            result.next();
            return result.getLong(1);
        } catch (SQLException e) {
            if (OUT_OF_MEMORY.equals(e.getSQLState())) {
                return 0;
            }
            throw e;
        }
    }
}
