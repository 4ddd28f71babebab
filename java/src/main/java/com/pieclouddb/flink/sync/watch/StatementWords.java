package com.pieclouddb.flink.sync.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words of a statement: names, other words and single signs, without blanks, comments and texts.
 *
 * <p>What stands in a comment that a server may run counts, whatever its version says. A name in double quotes is a
 * text unless a session's {@code sql_mode} has ANSI_QUOTES, which the log's text does not say: it counts as a name. A
 * backslash in a text is not one sign with what follows under NO_BACKSLASH_ESCAPES: a statement whose last text would
 * never end is read so.
 */
final class StatementWords {

    /** What stands for a text. */
    static final String TEXT = "'";

    private final String sql;
    private final List<String> words = new ArrayList<>();

    /** In front of a name that stood in quotes: such a name is never a word of the language. */
    private static final char NAME = '`';

    private int at;
    private boolean isWhole = true;

    private StatementWords(String sql) {
        this.sql = sql;
    }

    static StatementWords of(String sql) {
        StatementWords words = new StatementWords(sql).read(true);
        return words.isWhole ? words : new StatementWords(sql).read(false);
    }

    int count() {
        return words.size();
    }

    /** Whether one of some words of the language stands there, in upper case. */
    boolean is(int index, String... expected) {
        if (index < 0 || index >= words.size()) {
            return false;
        }
        String word = words.get(index).toUpperCase(Locale.ROOT);
        for (String one : expected) {
            if (word.equals(one)) {
                return true;
            }
        }
        return false;
    }

    /** The name that stands there, in quotes or not; null for a sign, a text or the end. */
    String name(int index) {
        String word = index < 0 || index >= words.size() ? "'" : words.get(index);
        return word.charAt(0) == NAME ? word.substring(1) : isOfWord(word.charAt(0)) ? word : null;
    }

    private StatementWords read(boolean escapes) {
        while (at < sql.length()) {
            char sign = sql.charAt(at);
            if (startsWith("/*!") || startsWith("/*M!")) {
                at += sql.charAt(at + 2) == 'M' ? 4 : 3;
                while (at < sql.length() && Character.isDigit(sql.charAt(at))) {
                    at++;
                }
            } else if (startsWith("/*")) {
                skipBehind("*/", 2);
            } else if (startsWith("*/")) {
                at += 2;
            } else if (sign == '#' || startsWith("--") && (at + 2 == sql.length() || sql.charAt(at + 2) <= ' ')) {
                skipBehind("\n", 1);
            } else if (sign == '\'') {
                quoted(sign, escapes);
                words.add(TEXT);
            } else if (sign == '"' || sign == NAME) {
                words.add(NAME + quoted(sign, escapes && sign == '"'));
            } else if (isOfWord(sign)) {
                int from = at;
                while (at < sql.length() && isOfWord(sql.charAt(at))) {
                    at++;
                }
                words.add(sql.substring(from, at));
            } else {
                if (!Character.isWhitespace(sign)) {
                    words.add(String.valueOf(sign));
                }
                at++;
            }
        }
        return this;
    }

    private String quoted(char quote, boolean escapes) {
        StringBuilder text = new StringBuilder();
        for (at++; at < sql.length(); at++) {
            char sign = sql.charAt(at);
            if (sign == quote) {
                at++;
                if (at == sql.length() || sql.charAt(at) != quote) {
                    return text.toString();
                }
            } else if (sign == '\\' && escapes) {
                at++;
            }
            if (at < sql.length()) {
                text.append(sql.charAt(at));
            }
        }
        isWhole = false;
        return text.toString();
    }

    /** Where the word stands that says what is done: MariaDB has ANALYZE and settings in front of statements. */
    int verbAt() {
        int verb = 0;
        if (is(0, "SET") && is(1, "STATEMENT")) {
            while (verb < count() && !is(verb, "FOR")) {
                verb++;
            }
            verb++;
        }
        if (!is(verb, "ANALYZE")) {
            return verb;
        }
        return is(verb + 1, "FORMAT") && is(verb + 2, "=") ? verb + 4 : verb + 1;
    }

    private boolean startsWith(String signs) {
        return sql.startsWith(signs, at);
    }

    private void skipBehind(String end, int opening) {
        int found = sql.indexOf(end, at + opening);
        at = found < 0 ? sql.length() : found + end.length();
    }

    private static boolean isOfWord(char sign) {
        return Character.isLetterOrDigit(sign) || sign == '_' || sign == '$' || sign >= 0x80;
    }
}
