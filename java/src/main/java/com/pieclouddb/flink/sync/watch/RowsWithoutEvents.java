package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement that changes or removes rows and leaves no event of them in the log, by its text.
 *
 * <p>It looks for words outside of texts and names, and is no parser: it may find one that changes no row, such as a
 * MODIFY that widens a column, and then a line too much is said.
 */
enum RowsWithoutEvents {
    PARTITION(
            "\\b(?:DROP|TRUNCATE|EXCHANGE|CONVERT|DISCARD|IMPORT)\\s+PARTITION\\b|\\bCONVERT\\s+TABLE\\b",
            "rows came or went with a partition"),
    TABLESPACE("\\b(?:DISCARD|IMPORT)\\s+TABLESPACE\\b", "rows came or went with a tablespace"),
    IGNORED("^IGNORE\\b", "rows that a new key does not admit were removed"),
    CHARSET("\\bCONVERT\\s+TO\\b", "texts were converted"),
    TYPE("\\b(?:MODIFY|CHANGE)\\b", "values may have been rounded, cut off or replaced to fit a column's new type"),
    ADDED(
            "\\bADD\\b(?!\\s+(?:INDEX|KEY|UNIQUE|PRIMARY|CONSTRAINT|FOREIGN|FULLTEXT|SPATIAL|CHECK|PARTITION|PERIOD"
                    + "|SYSTEM)\\b)"
                    + ".*?(?:\\bDEFAULT\\b(?!\\s+NULL\\b)|\\bNOT\\s+NULL\\b|\\bAUTO_INCREMENT\\b|\\bAS\\s*\\("
                    + "|\\bSERIAL\\b|\\bPRIMARY\\s+KEY\\b(?!\\s*\\()"
                    // Without explicit_defaults_for_timestamp it is NOT NULL with a DEFAULT, unless it says NULL.
                    + "|\\bTIMESTAMP\\b(?!\\s*(?:\\(\\s*\\d*\\s*\\)\\s*)?NULL\\b))",
            "rows that were there have a value in the new column"),
    /** Not by words of an ALTER. */
    REPLACED("(?!)", "rows that it had went with the table that it took the place of");

    private static final String NAME = "(`(?:[^`]|``)+`|[\\p{L}\\p{N}_$]+)";
    private static final String TABLE = NAME + "(?:\\s*\\.\\s*" + NAME + ")?";

    private static final Pattern ALTER =
            Pattern.compile("(?is)ALTER\\s+((?:ONLINE\\s+|OFFLINE\\s+|IGNORE\\s+)*)TABLE\\s+" + "(?:IF\\s+EXISTS\\s+)?"
                    + TABLE + "\\s*(.*)");

    /** MariaDB's; what is there goes without a word in the log. */
    private static final Pattern REPLACING =
            Pattern.compile("(?is)CREATE\\s+OR\\s+REPLACE\\s+()TABLE\\s+" + TABLE + "(?=[\\s(]|\\z).*");

    /** The other table of a statement about partitions. */
    private static final Pattern OTHER = Pattern.compile("(?is)\\b(?:WITH|TO|CONVERT)\\s+TABLE\\s+" + TABLE);

    /** Those that are not run, and what stands around those that are. */
    private static final Pattern COMMENTS = Pattern.compile("(?s)/\\*(?!M?!).*?\\*/|/\\*M?!\\d*|\\*/");

    /** Texts, and names in quotes. */
    private static final Pattern QUOTED =
            Pattern.compile("(?s)'(?:[^'\\\\]|\\\\.|'')*'|\"(?:[^\"\\\\]|\\\\.|\"\")*\"|`(?:[^`]|``)*`");

    private final Pattern words;
    private final String change;

    RowsWithoutEvents(String words, String change) {
        this.words = Pattern.compile("(?is)" + words);
        this.change = change;
    }

    /** What happened to rows. */
    String change() {
        return change;
    }

    /** What a statement does, without blanks and comments in front of it. */
    static Optional<RowsWithoutEvents> of(String statement) {
        Matcher alter = matcher(ALTER, statement);
        if (!alter.matches()) {
            return matcher(REPLACING, statement).matches() ? Optional.of(REPLACED) : Optional.empty();
        }
        String body = QUOTED.matcher(alter.group(1) + alter.group(4)).replaceAll("x");
        for (RowsWithoutEvents kind : values()) {
            if (kind.words.matcher(body).find()) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    /**
     * The tables of such a statement.
     *
     * @param database that names without one belong to
     */
    static List<SourceName> tables(String statement, String database) {
        List<SourceName> tables = new ArrayList<>();
        Matcher alter = matcher(ALTER, statement);
        Matcher replacing = matcher(REPLACING, statement);
        if (replacing.matches()) {
            tables.add(name(replacing.group(2), replacing.group(3), database));
        } else if (alter.matches()) {
            tables.add(name(alter.group(2), alter.group(3), database));
            Matcher other = OTHER.matcher(alter.group(4));
            while (other.find()) {
                tables.add(name(other.group(1), other.group(2), database));
            }
        }
        return tables;
    }

    private static Matcher matcher(Pattern pattern, String statement) {
        return pattern.matcher(COMMENTS.matcher(statement).replaceAll(" "));
    }

    private static SourceName name(String first, String second, String database) {
        return second == null
                ? new SourceName(database == null ? "" : database, unquoted(first))
                : new SourceName(unquoted(first), unquoted(second));
    }

    private static String unquoted(String name) {
        return name.startsWith("`") ? name.substring(1, name.length() - 1).replace("``", "`") : name;
    }
}
