package com.pieclouddb.flink.sync.watch;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Of which databases a statement may change rows, by its words.
 *
 * <p>Promises that none is missed which the text names. A target is taken from the text where the grammar leaves no
 * other; else each database that stands anywhere in it counts, whatever the case of its letters. What a trigger or a
 * function writes elsewhere the text does not say.
 */
final class ChangedRows {

    private final StatementWords words;

    /** That names without one belong to; null for none. */
    private final String database;

    /** The databases of the targets. */
    private final Set<String> targets = new LinkedHashSet<>();

    private int at;

    private ChangedRows(StatementWords words, String database) {
        this.words = words;
        this.database = database;
    }

    /**
     * Whether rows of a followed database may be changed.
     *
     * @param database that names without one belong to; null for none
     * @param follows whether tables of a database are followed
     * @param followed the databases of which there are any
     */
    static boolean areOfFollowed(
            StatementWords words, String database, Predicate<String> follows, Iterable<String> followed) {
        ChangedRows changed = new ChangedRows(words, database);
        if (changed.areTargetsSure()) {
            return changed.targets.stream().anyMatch(target -> follows.test(target) || isOne(target, followed));
        }
        return isAnyNamed(words, database, follows, followed);
    }

    /** Whether a followed database is the one of names without one, or stands anywhere in a statement. */
    static boolean isAnyNamed(
            StatementWords words, String database, Predicate<String> follows, Iterable<String> followed) {
        if (database != null && follows.test(database)) {
            return true;
        }
        Set<String> qualifiers = new LinkedHashSet<>();
        for (int i = 0; i < words.count(); i++) {
            String name = words.name(i);
            if (name != null && isOne(name, followed)) {
                return true;
            }
            if (name != null && words.is(i + 1, ".")) {
                qualifiers.add(name);
            }
        }
        return qualifiers.stream().anyMatch(follows);
    }

    private static boolean isOne(String name, Iterable<String> followed) {
        for (String one : followed) {
            if (one.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    private boolean areTargetsSure() {
        at = words.verbAt();
        if (words.is(at, "INSERT", "REPLACE")) {
            skip("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO");
            return isTarget();
        }
        if (words.is(at, "UPDATE")) {
            skip("LOW_PRIORITY", "IGNORE");
            return isTarget() && isAlone();
        }
        if (words.is(at, "DELETE")) {
            skip("LOW_PRIORITY", "QUICK", "IGNORE", "HISTORY");
            return deletes();
        }
        if (words.is(at, "CREATE")) {
            skip("OR", "REPLACE", "TABLE", "IF", "NOT", "EXISTS");
            return isTarget();
        }
        return words.is(at, "LOAD") && loads();
    }

    /** Whether an UPDATE has no further table. */
    private boolean isAlone() {
        for (int i = at; !words.is(i, "SET"); i++) {
            if (i == words.count() || words.is(i, ",", "(", "JOIN", "STRAIGHT_JOIN")) {
                return false;
            }
        }
        return true;
    }

    /** A name without a database is sure in the form for one table alone: in others it may stand for another. */
    private boolean deletes() {
        boolean ofOne = words.is(at, "FROM");
        at -= ofOne ? 0 : 1;
        do {
            at++;
            boolean isNamed = words.is(at + 1, ".") && !words.is(at + 2, "*");
            if (!isTarget()) {
                return false;
            }
            if (words.is(at, ".") && words.is(at + 1, "*")) {
                at += 2;
                ofOne = false;
            }
            ofOne &= !words.is(at, ",", "USING");
            if (!ofOne && !isNamed) {
                return false;
            }
        } while (words.is(at, ","));
        return true;
    }

    private boolean loads() {
        while (at < words.count() && !(words.is(at, "INTO") && words.is(at + 1, "TABLE"))) {
            at++;
        }
        at += 2;
        return isTarget();
    }

    private void skip(String... language) {
        do {
            at++;
        } while (words.is(at, language));
    }

    /** Takes a table's name; false where there is none. */
    private boolean isTarget() {
        String first = words.name(at);
        if (first == null) {
            return false;
        }
        at++;
        if (words.is(at, ".") && words.name(at + 1) != null) {
            at += 2;
            targets.add(first);
        } else if (database != null) {
            targets.add(database);
        }
        return true;
    }
}
