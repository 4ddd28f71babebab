package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A statement that stands in the log, and what it may define, by its words. */
final class LogStatement {

    /** How the server shows the database that names without one belong to. */
    private static final Pattern SHOWN = Pattern.compile("(?s)use `((?:[^`]|``)*)`; (.*)");

    /** A name in front of a dot. */
    private static final Pattern QUALIFIER =
            Pattern.compile("(`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|[\\p{L}\\p{N}_$]+)\\s*\\.");

    /** Of statements that rename or copy: words that are in nearly all statements. */
    private static final Set<String> NO_NAMES = Set.of(
            "alter", "as", "column", "create", "exists", "if", "like", "not", "or", "rename", "replace", "table",
            "tables", "to");

    private final LogPosition place;
    private final String database;
    private final String text;
    private final Set<String> names;

    /**
     * One statement.
     *
     * @param database null where there is none
     */
    LogStatement(LogPosition place, String database, String text) {
        this.place = place;
        this.database = database;
        this.text = text;
        names = StatementText.names(text);
    }

    /** From the text that SHOW BINLOG EVENTS has of it. */
    static LogStatement shown(LogPosition place, String info) {
        Matcher matcher = SHOWN.matcher(info);
        return matcher.matches()
                ? new LogStatement(place, matcher.group(1).replace("``", "`"), matcher.group(2))
                : new LogStatement(place, null, info);
    }

    LogPosition place() {
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

    /**
     * Those of some statements that may have a part in what tables are in the end: about them, or about one that such a
     * statement renames or copies. A reader that is far behind goes through these for each statement.
     */
    static List<LogStatement> about(Collection<SourceName> tables, List<LogStatement> statements) {
        Set<SourceName> names = new HashSet<>(tables);
        ArrayDeque<LogStatement> about = new ArrayDeque<>();
        for (int i = statements.size() - 1; i >= 0; i--) {
            LogStatement one = statements.get(i);
            if (names.stream().anyMatch(one::mentions)) {
                about.addFirst(one);
                if (one.names.contains("rename") || one.names.contains("like")) {
                    one.addAll(names);
                }
            }
        }
        return new ArrayList<>(about);
    }

    /** Each of its words may be a table; what is none is mentioned by few. */
    private void addAll(Set<SourceName> tables) {
        Set<String> databases = new HashSet<>();
        if (database != null) {
            databases.add(lower(database));
        }
        Matcher qualifier = QUALIFIER.matcher(text);
        while (qualifier.find()) {
            databases.addAll(StatementText.names(qualifier.group(1)));
        }
        for (String of : databases) {
            for (String table : names) {
                if (!NO_NAMES.contains(table)) {
                    tables.add(new SourceName(of, table));
                }
            }
        }
    }

    private boolean hasDatabase(String name) {
        return name.equalsIgnoreCase(database) || names.contains(lower(name));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
