package com.pieclouddb.flink.sync.watch;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a statement in the log does to rows, by its text.
 *
 * <p>A log of rows has statements for the bounds of transactions and for definitions only. One that changes rows is
 * there where a session wrote by another format, and Flink CDC reads no row of it. It looks at the text as far as that
 * needs, and is no parser.
 */
final class StatementText {

    /** What a statement is. */
    enum Kind {
        BEGIN,
        COMMIT,
        ROLLBACK,
        XA_START,
        XA_COMMIT,
        XA_ROLLBACK,
        /** Changes rows by itself. */
        ROWS,
        OTHER
    }

    /** Blanks and comments, but not those that the server runs. */
    private static final Pattern IN_FRONT = Pattern.compile(
            "(?:\\s|/\\*(?!M?!)(?s:.*?)\\*/|/\\*M?!\\d*|--[ \\t][^\\n]*(?:\\n|\\z)|#[^\\n]*(?:\\n|\\z))+");

    private static final Pattern WORD = Pattern.compile("[A-Za-z]+");

    /** MariaDB's settings for one statement; none of their values has the word in it. */
    private static final Pattern SETTINGS = Pattern.compile("(?is)SET\\s+STATEMENT\\s.*?\\sFOR\\s+");

    private static final String[] OF_ROWS = {
        "INSERT", "REPLACE", "UPDATE", "DELETE", "LOAD", "WITH", "SELECT", "CALL", "DO"
    };

    private static final Pattern XID = Pattern.compile("(?is)XA\\s+\\w+\\s+(.*?)(\\s+ONE\\s+PHASE)?\\s*");

    /** Names and all other words, in quotes or not. */
    private static final Pattern WORDS = Pattern.compile("`((?:[^`]|``)+)`|\"((?:[^\"]|\"\")+)\"|[\\p{L}\\p{N}_$]+");

    private static final Pattern OF_DATABASE =
            Pattern.compile("(?i)(CREATE|ALTER|DROP)\\s+(OR\\s+REPLACE\\s+)?(DATABASE|SCHEMA)\\b");

    private static final Pattern SETS_DEFAULTS =
            Pattern.compile("(?i)(SET\\b|USE\\b|(CREATE|ALTER)\\s+(OR\\s+REPLACE\\s+)?(DATABASE|SCHEMA)\\b)");

    /** Define no table, whatever they name. */
    private static final Set<String> DEFINES_NOTHING =
            Set.of("SAVEPOINT", "RELEASE", "FLUSH", "GRANT", "REVOKE", "ANALYZE", "OPTIMIZE", "REPAIR", "TRUNCATE");

    private final String text;
    private final Kind kind;

    StatementText(String sql) {
        text = shortened(sql);
        kind = kindOf(text);
    }

    Kind kind() {
        return kind;
    }

    /** Without blanks and comments in front of it. */
    String text() {
        return text;
    }

    /** Whether a table may be another one behind it. */
    boolean mayDefine() {
        Matcher word = WORD.matcher(text);
        return kind == Kind.OTHER
                && word.lookingAt()
                && !DEFINES_NOTHING.contains(word.group().toUpperCase(Locale.ROOT));
    }

    /** All words of a statement that may be names, in lower case; those of comments and texts too. */
    static Set<String> names(String sql) {
        Set<String> names = new HashSet<>();
        Matcher matcher = WORDS.matcher(sql);
        while (matcher.find()) {
            String name = matcher.group(1) != null
                    ? matcher.group(1).replace("``", "`")
                    : matcher.group(2) != null ? matcher.group(2).replace("\"\"", "\"") : matcher.group();
            names.add(name.toLowerCase(Locale.ROOT));
        }
        return names;
    }

    /** Whether it is about a whole database. */
    static boolean isOfDatabase(String sql) {
        return OF_DATABASE.matcher(shortened(sql)).lookingAt();
    }

    /** Whether it changes what later statements mean, and no table. */
    static boolean setsDefaults(String sql) {
        return SETS_DEFAULTS.matcher(shortened(sql)).lookingAt();
    }

    /** Of XA: the transaction's name as the server writes it. */
    String xid() {
        Matcher matcher = XID.matcher(text);
        return matcher.matches() ? matcher.group(1) : text;
    }

    /**
     * Whether the rows that it changes, or what it defines, may be of a followed database.
     *
     * @param database that names without one belong to; null for none
     * @param follows whether tables of a database are followed
     * @param followed the databases of which there are any
     */
    boolean concerns(String database, Predicate<String> follows, Iterable<String> followed) {
        StatementWords words = StatementWords.of(text);
        return kind == Kind.ROWS
                ? ChangedRows.areOfFollowed(words, database, follows, followed)
                : ChangedRows.isAnyNamed(words, database, follows, followed);
    }

    private static String shortened(String sql) {
        String rest = sql;
        while (true) {
            Matcher front = IN_FRONT.matcher(rest);
            String cut = front.lookingAt() ? rest.substring(front.end()) : rest;
            Matcher settings = SETTINGS.matcher(cut);
            cut = settings.lookingAt() ? cut.substring(settings.end()) : cut;
            if (cut.length() == rest.length()) {
                return cut;
            }
            rest = cut;
        }
    }

    private static Kind kindOf(String text) {
        Matcher word = WORD.matcher(text);
        if (!word.lookingAt()) {
            return Kind.OTHER;
        }
        String first = word.group().toUpperCase(Locale.ROOT);
        switch (first) {
            case "BEGIN":
                // "BEGIN NOT ATOMIC" is not logged as such.
                return Kind.BEGIN;
            case "COMMIT":
                return Kind.COMMIT;
            case "ROLLBACK":
                return Kind.ROLLBACK;
            case "XA":
                return xa(text.substring(word.end()).trim().toUpperCase(Locale.ROOT));
            case "CREATE":
                return isFilled(StatementWords.of(text)) ? Kind.ROWS : Kind.OTHER;
            case "SET":
            case "ANALYZE":
                StatementWords words = StatementWords.of(text);
                return words.is(words.verbAt(), OF_ROWS) ? Kind.ROWS : Kind.OTHER;
            default:
                return List.of(OF_ROWS).contains(first) ? Kind.ROWS : Kind.OTHER;
        }
    }

    private static Kind xa(String rest) {
        if (rest.startsWith("START") || rest.startsWith("BEGIN")) {
            return Kind.XA_START;
        }
        return rest.startsWith("ROLLBACK") ? Kind.XA_ROLLBACK : rest.startsWith("COMMIT") ? Kind.XA_COMMIT : Kind.OTHER;
    }

    /** Whether a CREATE TABLE has rows of its own. */
    private static boolean isFilled(StatementWords words) {
        int at = words.is(1, "OR") ? 3 : 1;
        if (!words.is(at, "TABLE")) {
            return false;
        }
        for (int i = at + 1; i < words.count(); i++) {
            if (words.is(i, "SELECT", "TABLE") || words.is(i, "VALUES") && words.is(i + 1, "(", "ROW")) {
                return true;
            }
        }
        return false;
    }
}
