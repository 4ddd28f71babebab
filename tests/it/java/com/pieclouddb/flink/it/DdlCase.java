package com.pieclouddb.flink.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A case of tests/fixtures/ddl-corpus.txt, whose first lines say how it is written. */
final class DdlCase {

    private static final Path FILE = Path.of("tests/fixtures/ddl-corpus.txt");

    private static final Pattern HEAD = Pattern.compile("== (\\d+): ([a-z ]+?)(?:; CDC 2.4: ([a-z ]+))?");

    private static final String TABLE =
            "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b INT, c DATE, d DECIMAL(10,2), e TEXT)";

    final int number;
    final String database;
    final List<Step> before = new ArrayList<>();
    final List<Step> steps = new ArrayList<>();

    /** Whether rows are written in front of the statements and behind them. */
    boolean hasRows = true;

    /** What the database is made with. */
    String options = "";

    /** What the job says where it stops. */
    String reason = "";

    private final DdlOutcome outcome;
    private final DdlOutcome outcomeOf24;

    private DdlCase(int number, DdlOutcome outcome, DdlOutcome outcomeOf24) {
        this.number = number;
        this.outcome = outcome;
        this.outcomeOf24 = outcomeOf24;
        database = "c" + number;
    }

    /** All of them, in the file's order. */
    static List<DdlCase> all() throws IOException {
        List<DdlCase> cases = new ArrayList<>();
        for (String line : Files.readAllLines(FILE)) {
            Matcher head = HEAD.matcher(line);
            if (head.matches()) {
                DdlOutcome outcome = DdlOutcome.of(head.group(2));
                cases.add(new DdlCase(
                        Integer.parseInt(head.group(1)),
                        outcome,
                        head.group(3) == null ? outcome : DdlOutcome.of(head.group(3))));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                cases.get(cases.size() - 1).read(line);
            }
        }
        cases.stream().filter(one -> one.before.isEmpty()).forEach(one -> one.before.add(new Step("before", TABLE)));
        return cases;
    }

    private void read(String line) {
        int blank = line.indexOf(' ');
        String word = line.substring(0, blank);
        String rest =
                line.substring(blank + 1).replace('↵', '\n').replace('⇥', '\t').replace("{db}", database);
        switch (word) {
            case "no":
                hasRows = false;
                return;
            case "database":
                options = rest;
                return;
            case "because":
                reason = rest;
                return;
            case "before":
                before.add(new Step(word, rest));
                return;
            default:
                steps.add(new Step(word, rest));
        }
    }

    DdlOutcome outcome(boolean isOf24) {
        return isOf24 ? outcomeOf24 : outcome;
    }

    /** A statement. */
    static final class Step {
        final String sql;
        final boolean isRefused;

        /** Whether the log tells the rows that it changes. */
        final boolean tellsRows;

        /** The table whose rows alone it tells; null for all. */
        final String only;

        private Step(String word, String sql) {
            this.sql = sql;
            isRefused = word.equals("refused");
            tellsRows = word.startsWith("rows");
            only = word.startsWith("rows:") ? word.substring(5) : null;
            if (!word.matches("before|then|refused|rows(:\\w+)?")) {
                throw new IllegalArgumentException(word + " " + sql);
            }
        }
    }
}
