package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements that stand in the log between a place and its end, which Flink CDC has not read yet.
 *
 * <p>The server shows its log event by event, in portions that it needs some milliseconds for, since it lets nobody
 * write into the log meanwhile. What was seen is kept, so that each stretch of the log is looked through once. A search
 * that takes too long is given up, and goes on with the next question.
 */
final class StatementsAhead {

    /** Less than a server waits for a reader of its log that takes nothing (net_write_timeout, 60 s). */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private static final int MOST_EVENTS = 2_000;
    private static final int LEAST_EVENTS = 10;

    /** Of one portion. */
    private static final long BYTES = 4 << 20;

    /** Of texts that are kept; a log with more of them between reader and end is too long to be searched. */
    private static final long MOST_TEXT = 64 << 20;

    private static final int FIRST_POSITION = 4;

    private final ArrayDeque<LogStatement> kept = new ArrayDeque<>();
    private long keptText;

    /** Behind what was looked through; null before. */
    private LogPosition seen;

    private int portion = MOST_EVENTS;

    /**
     * The statements between two places.
     *
     * @return null where the way is too long
     */
    List<LogStatement> between(SourceServer server, LogPosition from, LogPosition to) {
        while (!kept.isEmpty() && kept.peek().place().isBefore(from)) {
            keptText -= kept.remove().text().length();
        }
        if (seen == null || seen.isBefore(from)) {
            seen = from;
        }
        long begun = System.nanoTime();
        while (seen.isBefore(to)) {
            if (System.nanoTime() - begun > PATIENCE.toNanos() || keptText > MOST_TEXT) {
                return null;
            }
            look(server, to);
        }
        // A portion may reach further than the end that was asked for.
        return kept.stream().filter(statement -> statement.place().isBefore(to)).collect(Collectors.toList());
    }

    private void look(SourceServer server, LogPosition to) {
        LogPosition from = seen;
        int[] events = new int[1];
        String[] next = new String[1];
        server.ask("SHOW BINLOG EVENTS IN '" + from.file() + "' FROM " + from.position() + " LIMIT " + portion, row -> {
            events[0]++;
            String type = row.getString(3);
            seen = new LogPosition(from.file(), Math.max(row.getLong(5), seen.position()));
            if (type.startsWith("Query")) {
                keep(LogStatement.shown(new LogPosition(from.file(), row.getLong(2)), row.getString(6)));
            } else if (type.equals("Rotate")) {
                next[0] = row.getString(6).split(";")[0];
            }
        });
        if (events[0] > 0) {
            long bytes = Math.max(1, (seen.position() - from.position()) / events[0]);
            portion = (int) Math.max(LEAST_EVENTS, Math.min(MOST_EVENTS, BYTES / bytes));
        }
        if (next[0] != null || events[0] == 0) {
            seen = from.file().equals(to.file())
                    ? to
                    : new LogPosition(next[0] == null ? fileBehind(server, from.file()) : next[0], FIRST_POSITION);
        }
    }

    private void keep(LogStatement statement) {
        if (new StatementText(statement.text()).mayDefine()) {
            kept.add(statement);
            keptText += statement.text().length();
        }
    }

    /** A file that a stop of the server ended names none. */
    private static String fileBehind(SourceServer server, String file) {
        String[] found = new String[2];
        server.ask("SHOW BINARY LOGS", row -> {
            if (found[0] != null && found[1] == null) {
                found[1] = row.getString(1);
            }
            if (row.getString(1).equals(file)) {
                found[0] = file;
            }
        });
        if (found[1] == null) {
            throw new IllegalStateException("the source's binary log has no file behind " + file);
        }
        return found[1];
    }
}
