package com.pieclouddb.flink.it;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Sessions that insert, change and delete rows of tables {@code (k, n, v)} of a source until they are closed.
 *
 * <p>Each session has rows of its own, every change a value of its own, and every tenth row is left as it is: once the
 * target has those, all of a table was read.
 */
final class SteadyChanges implements AutoCloseable {

    /** A change of each kind in this many. */
    private static final int KINDS = 5;

    private final ExecutorService sessions;
    private final List<Future<?>> running = new ArrayList<>();
    private volatile boolean isOver;

    private SteadyChanges(int count) {
        sessions = Executors.newFixedThreadPool(count);
    }

    /**
     * Starts them.
     *
     * @param keys the database with the keys of all rows
     * @param seed says what they do, beside the server's clock
     */
    static SteadyChanges of(
            MariaDb source, String database, String keys, List<String> tables, int rows, int count, long seed) {
        SteadyChanges changes = new SteadyChanges(count);
        for (int session = 0; session < count; session++) {
            int number = session;
            Random random = new Random(seed + session);
            changes.running.add(changes.sessions.submit(() -> {
                source.inOneSession(statement -> {
                    for (int value = 1; !changes.isOver; value++) {
                        String table = tables.get(random.nextInt(tables.size()));
                        int row = 1 + random.nextInt(rows / count) * count + number;
                        if (row % 10 != 0 && row <= rows) {
                            statement.execute(change(database, keys, table, row, value, random.nextInt(KINDS)));
                        }
                    }
                });
                return null;
            }));
        }
        return changes;
    }

    private static String change(String database, String keys, String table, int row, int value, int kind) {
        String name = database + "." + table;
        switch (kind) {
            case 0:
                return "DELETE FROM " + name + " WHERE n = " + row;
            case 1:
                return "INSERT IGNORE INTO " + name + " SELECT k, n, " + value + " FROM " + keys + "." + table
                        + " WHERE n = " + row;
            default:
                return "UPDATE " + name + " SET v = " + value + " WHERE n = " + row;
        }
    }

    /** Whether no session has ended. */
    boolean areMade() {
        return running.stream().noneMatch(Future::isDone);
    }

    /** Ends all sessions; throws what ended one before. */
    @Override
    public void close() throws SQLException {
        isOver = true;
        try {
            for (Future<?> session : running) {
                session.get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (Exception e) {
            throw new SQLException("a session that changes rows ended", e);
        } finally {
            sessions.shutdownNow();
        }
    }
}
