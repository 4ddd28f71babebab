package com.pieclouddb.flink.it;

import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A session that inserts, changes and deletes rows of tables {@code t0}, {@code t1} and so on of a source until it is
 * closed, whatever columns they have beside {@code id, n0, v0}. Every third of the first rows is left as it is.
 */
final class SteadyRows implements AutoCloseable {

    private final AtomicLong changes = new AtomicLong();
    private final CompletableFuture<Void> running = new CompletableFuture<>();
    private volatile boolean isOver;

    private SteadyRows() {}

    static SteadyRows of(MariaDb source, String database, int tables, int rows) {
        SteadyRows steady = new SteadyRows();
        Thread session = new Thread(() -> steady.run(source, database, tables, rows), "steady rows");
        session.setDaemon(true);
        session.start();
        return steady;
    }

    private void run(MariaDb source, String database, int tables, int rows) {
        try {
            source.inOneSession(statement -> {
                for (int n = 1; !isOver; n++) {
                    int id = n % (2 * rows);
                    if (id % 3 != 0) {
                        String table = database + ".t" + n % tables;
                        statement.execute(
                                n % 11 == 0
                                        ? "DELETE FROM " + table + " WHERE id = " + id
                                        : "INSERT IGNORE INTO " + table + " (id, n0, v0) VALUES (" + id + ", "
                                                + n % 30_000
                                                + ", 'a') ON DUPLICATE KEY UPDATE n0 = VALUES(n0), v0 = 'u'");
                        changes.incrementAndGet();
                    }
                }
            });
            running.complete(null);
        } catch (SQLException e) {
            running.completeExceptionally(e);
        }
    }

    /** Returns when a few rows more were changed. */
    void awaitMore() {
        long before = changes.get();
        await().atMost(Job.DEADLINE).until(() -> changes.get() > before + 40 || running.isDone());
    }

    /** Ends the session; throws what ended it before. */
    @Override
    public void close() throws SQLException {
        isOver = true;
        try {
            running.get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new SQLException("the session that changes rows ended", e);
        }
    }
}
