package com.pieclouddb.flink.sync.tables;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import java.io.Serializable;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * Which tables of the source are loaded, those too that are created while the job runs.
 *
 * <p>The same rule in two forms: {@link #selects} judges a name here, {@link #pattern} is the regular expression by
 * which Flink CDC judges each. An expression of the command is matched against the whole {@code table}, or, if it holds
 * an escaped dot, against the whole {@code database.table}. It does not know which tables there are.
 */
@Internal
public final class TableSelection implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final Pattern ALL = Pattern.compile("(?s:.*)");

    private final Pattern databases;
    private final Pattern including;

    /** Null for none. */
    private final Pattern excluding;

    private TableSelection(Pattern databases, Pattern including, Pattern excluding) {
        this.databases = databases;
        this.including = including;
        this.excluding = excluding;
    }

    /**
     * Reads the expressions.
     *
     * @param databases of the whole names of databases
     * @param including of the tables to load, all unless given
     * @param excluding of those to leave out
     */
    public static TableSelection of(String databases, Optional<String> including, Optional<String> excluding) {
        return new TableSelection(
                compiled(MySqlOption.DATABASE_NAME.key(), databases),
                including
                        .map(text -> compiled(Flag.INCLUDING_TABLES.text(), text))
                        .orElse(ALL),
                excluding
                        .map(text -> compiled(Flag.EXCLUDING_TABLES.text(), text))
                        .orElse(null));
    }

    private static Pattern compiled(String option, String text) {
        try {
            // What it is made of in the end must be a pattern too, and have no comma: CDC splits there.
            Pattern.compile(RegexCommaEscaper.of(option, text));
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new ValidationException(option + " is no regular expression: " + e.getDescription() + " near index "
                    + e.getIndex() + " of '" + text + "'");
        }
    }

    boolean selectsDatabase(String database) {
        return databases.matcher(database).matches();
    }

    public boolean selects(SourceName name) {
        return selectsDatabase(name.database())
                && matches(including, name)
                && (excluding == null || !matches(excluding, name));
    }

    /** CDC's pattern of databases. */
    public String databasePattern() {
        return embedded(databases);
    }

    /**
     * CDC's pattern of {@code database.table}: what is selected but for some tables.
     *
     * @param without tables that would stop the source or cannot be taken
     */
    public String pattern(Collection<SourceName> without) {
        StringBuilder pattern = new StringBuilder();
        for (SourceName name : new TreeSet<>(without)) {
            pattern.append("(?!(?-i:").append(literal(name.toString())).append(")\\z)");
        }
        if (excluding != null) {
            pattern.append("(?!").append(withDatabase(excluding)).append("\\z)");
        }
        return pattern.append(withDatabase(including)).toString();
    }

    private static boolean matches(Pattern pattern, SourceName name) {
        return pattern.matcher(namesDatabase(pattern) ? name.toString() : name.table())
                .matches();
    }

    /** A dot that is escaped is a dot of the name; one that is not stands for any letter. */
    private static boolean namesDatabase(Pattern pattern) {
        return pattern.pattern().contains("\\.");
    }

    /** Of {@code database.table}, the database one of those that are selected. */
    private String withDatabase(Pattern pattern) {
        String database = embedded(databases) + "\\.";
        return namesDatabase(pattern) ? "(?=" + database + ")" + embedded(pattern) : database + embedded(pattern);
    }

    /** As a part of CDC's pattern, which does not tell upper from lower case of itself. */
    private static String embedded(Pattern pattern) {
        return "(?-i:" + RegexCommaEscaper.of("", pattern.pattern()) + ")";
    }

    /** A pattern of CDC's that only this name matches. */
    public static String whole(String name) {
        return "(?-i:" + literal(name) + ")";
    }

    /** The text itself as a pattern. */
    private static String literal(String text) {
        StringBuilder pattern = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c == ',') {
                pattern.append("\\x2C");
            } else {
                pattern.append(c < 128 && !Character.isLetterOrDigit(c) ? "\\" : "")
                        .append(c);
            }
        }
        return pattern.toString();
    }
}
