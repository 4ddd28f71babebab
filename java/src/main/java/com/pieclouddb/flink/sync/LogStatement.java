
package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.internal.SourceName;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A statement that stands in the log, and what it may define, by its words. */
final class LogStatement {

    /** How the server shows the database that names without one belong to. */
    private static final Pattern SHOWN = Pattern.compile("(?s)use `((?:[^`]|``)*)`; (.*)");

    private final LogPlace place;
    private final String database;
    private final String text;
    private final Set<String> names;

    /**
     * One statement.
     *
     * @param database null where there is none
     */
    LogStatement(LogPlace place, String database, String text) {
        this.place = place;
        this.database = database;
        this.text = text;
        names = StatementText.names(text);
    }

    /** From the text that SHOW BINLOG EVENTS has of it. */
    static LogStatement shown(LogPlace place, String info) {
        Matcher matcher = SHOWN.matcher(info);
        return matcher.matches() ? new LogStatement(place, matcher.group(1).replace("``", "`"), matcher.group(2))
                : new LogStatement(place, null, info);
    }

    LogPlace place() {
        return place;
    }

    String database() {
        return database;
    }

    String text() {
        return text;
    }

    /** Whether it has the words for a table, or for its database alone where it is about databases. */
    boolean mentions(SourceName table) {
        return hasDatabase(table.database())
                && (names.contains(lower(table.table())) || StatementText.isOfDatabase(text));
    }

    private boolean hasDatabase(String name) {
        return name.equalsIgnoreCase(database) || names.contains(lower(name));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
