package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.checks.SourceLimits;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Asks the server what tables are now, and what in its log stands between a place and that.
 *
 * <p>Promises that the definitions are those behind all statements of the answer, and in front of any other. It keeps
 * its connection while questions follow each other. {@link #close()} may come from another thread and ends a question.
 */
final class LiveTables implements AutoCloseable {

    private static final int MOST_TRIES = 20;

    /** Behind all that the server has words for; a text in front of it may hold anything but its own quote. */
    private static final Pattern ATTRIBUTE =
            Pattern.compile("(?<=\\s)`(?:[^`]|``)+`=(?:'(?:[^']|'')*'|[\\w.+-]+)(?=\\s|\\z)");

    /** Servers and what is between end connections that nobody uses. */
    private static final long IDLE_NANOS = 10_000_000_000L;

    private final MySqlConf conf;
    private final CdcClasses cdc;
    private final StatementsAhead ahead = new StatementsAhead();

    private volatile SourceServer server;
    private volatile boolean closed;
    private long usedAtNanos;

    LiveTables(MySqlConf conf, CdcClasses cdc) {
        this.conf = conf;
        this.cdc = cdc;
    }

    /** What tables are, as seen from a place of the log. */
    Answer ask(Collection<SourceName> tables, LogPosition from) {
        SourceServer asked = server();
        try {
            Answer answer = ask(asked, tables, from);
            usedAtNanos = System.nanoTime();
            return answer;
        } catch (Throwable e) {
            disconnect();
            throw e;
        }
    }

    /** Whether this Flink CDC must not get to know a table of that name. */
    boolean hasUnreadName(SourceName table) {
        return SourceLimits.isUnreadName(table.table(), cdc.line());
    }

    /** The statement that stands at a place of the log. */
    LogStatement statementAt(LogPosition place) {
        LogStatement[] shown = new LogStatement[1];
        ask(
                "SHOW BINLOG EVENTS IN '" + place.file() + "' FROM " + place.position() + " LIMIT 1",
                row -> shown[0] = LogStatement.shown(place, row.getString(6)));
        if (shown[0] == null) {
            throw new IllegalStateException("the source shows no statement at " + place + " of its log");
        }
        return shown[0];
    }

    /** Those of a database, now. */
    List<SourceName> tables(String database) {
        List<SourceName> tables = new ArrayList<>();
        ask(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ?",
                row -> tables.add(new SourceName(database, row.getString(1))),
                database);
        return tables;
    }

    private void ask(String question, SourceServer.RowReader each, String... values) {
        SourceServer asked = server();
        try {
            asked.ask(question, each, values);
            usedAtNanos = System.nanoTime();
        } catch (Throwable e) {
            disconnect();
            throw e;
        }
    }

    private Answer ask(SourceServer asked, Collection<SourceName> tables, LogPosition from) {
        for (int tries = 1; tries <= MOST_TRIES; tries++) {
            LogPosition before = end(asked);
            Map<SourceName, String> texts = new HashMap<>();
            for (SourceName table : tables) {
                definition(asked, table, texts);
            }
            List<LogStatement> statements = ahead.between(asked, from, end(asked));
            if (statements == null) {
                return new Answer(Map.of(), null);
            }
            if (statements.stream()
                    .noneMatch(one ->
                            !one.place().isBefore(before) && tables.stream().anyMatch(one::mentions))) {
                return new Answer(texts, statements);
            }
        }
        return new Answer(Map.of(), null);
    }

    private static LogPosition end(SourceServer server) {
        LogPosition[] end = new LogPosition[1];
        server.ask("SHOW MASTER STATUS", row -> end[0] = new LogPosition(row.getString(1), row.getLong(2)));
        if (end[0] == null) {
            throw new IllegalStateException("the source says that it writes no binary log");
        }
        return end[0];
    }

    private static void definition(SourceServer server, SourceName table, Map<SourceName, String> texts) {
        boolean[] exists = new boolean[1];
        server.ask(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
                row -> exists[0] = true,
                table.database(),
                table.table());
        if (exists[0]) {
            server.ask(
                    "SHOW CREATE TABLE " + quoted(table.database()) + "." + quoted(table.table()),
                    row -> texts.put(table, withoutAttributes(row.getString(2))));
        }
    }

    /**
     * Without attributes of the table's engine, such as {@code `PAGE_COMPRESSED`=1}: the parser does not know them, and
     * no row depends on them. They stand behind the columns.
     */
    static String withoutAttributes(String definition) {
        int behind = definition.lastIndexOf("\n)");
        return behind < 0
                ? definition
                : definition.substring(0, behind)
                        + ATTRIBUTE.matcher(definition.substring(behind)).replaceAll("");
    }

    /** A name for a statement. */
    static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    private SourceServer server() {
        if (server != null && System.nanoTime() - usedAtNanos > IDLE_NANOS) {
            disconnect();
        }
        if (server == null) {
            server = SourceServer.connect(conf, cdc);
            if (closed) {
                disconnect();
                throw new IllegalStateException("the watch is closed");
            }
        }
        return server;
    }

    private void disconnect() {
        SourceServer old = server;
        server = null;
        if (old != null) {
            old.abort();
        }
    }

    @Override
    public void close() {
        closed = true;
        SourceServer asked = server;
        if (asked != null) {
            asked.abort();
        }
    }

    /** What the server said. */
    static final class Answer {

        private final Map<SourceName, String> texts;
        private final List<LogStatement> ahead;

        private Answer(Map<SourceName, String> texts, List<LogStatement> ahead) {
            this.texts = texts;
            this.ahead = ahead;
        }

        /** Whether it could be found out. */
        boolean isKnown() {
            return ahead != null;
        }

        /** What SHOW CREATE TABLE says; null where there is no such table. */
        String text(SourceName table) {
            return texts.get(table);
        }

        List<LogStatement> ahead() {
            return ahead;
        }

        /** Whether a table is now what it was at the place. */
        boolean isStill(SourceName table) {
            return ahead.stream().noneMatch(statement -> statement.mentions(table));
        }
    }
}
