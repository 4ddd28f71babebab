package com.pieclouddb.flink.sync.mysql;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * A server as {@link ServerRule} sees it: what it answers, and for which job it is asked.
 *
 * <p>Each method asks and names what it found; what that means is the rule's.
 */
@Internal
public final class ServerProbe {

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+).*", Pattern.DOTALL);

    /** Engines whose rows come and go by this server's statements alone. */
    private static final Set<String> OWN_ROWS =
            Set.of("INNODB", "ROCKSDB", "TOKUDB", "MYISAM", "ARIA", "CSV", "ARCHIVE", "MEMORY");

    /** Names beyond these are counted. */
    private static final int MOST_NAMES = 20;

    private final SourceAnswers answers;
    private final Map<String, String> variables;
    private final CdcClasses.Line line;
    private final boolean readsSnapshot;
    private final Predicate<SourceName> follows;

    /** Null before they are asked for. */
    private List<Map<String, String>> tables;

    /**
     * Asks for what several rules need.
     *
     * @param readsSnapshot whether the job begins with the tables' rows
     * @param follows which tables the job reads
     */
    public ServerProbe(
            SourceAnswers answers, CdcClasses.Line line, boolean readsSnapshot, Predicate<SourceName> follows) {
        this.answers = answers;
        this.line = line;
        this.readsSnapshot = readsSnapshot;
        this.follows = follows;
        variables = answers.variables();
    }

    CdcClasses.Line line() {
        return line;
    }

    boolean readsSnapshot() {
        return readsSnapshot;
    }

    boolean isMariaDb() {
        return variable("version").toLowerCase(Locale.ROOT).contains("mariadb");
    }

    /** Whether it is MySQL of at least this version. */
    boolean isMySql(int major, int minor, int patch) {
        Matcher version = VERSION.matcher(variable("version"));
        if (isMariaDb() || !version.matches()) {
            return false;
        }
        int[] wanted = {major, minor, patch};
        for (int i = 0; i < wanted.length; i++) {
            int compared = Integer.compare(Integer.parseInt(version.group(i + 1)), wanted[i]);
            if (compared != 0) {
                return compared > 0;
            }
        }
        return true;
    }

    /** Empty where the server has none of that name. */
    String variable(String name) {
        String value = variables.get(name);
        return value == null ? "" : value;
    }

    public boolean isOn(String name) {
        return variable(name).equalsIgnoreCase("ON") || variable(name).equals("1");
    }

    /** MySQL took the older name away with 8.0. */
    public String isolationVariable() {
        return variable("tx_isolation").isEmpty() ? "transaction_isolation" : "tx_isolation";
    }

    /** The variable with its value, where the server has it and it is not as it must be. */
    Optional<String> unless(String name, String wanted) {
        String value = variable(name);
        return value.isEmpty() || value.equalsIgnoreCase(wanted) ? Optional.empty() : Optional.of(told(name));
    }

    /** The first of several variables that is on. */
    Optional<String> on(String... names) {
        return Arrays.stream(names).filter(this::isOn).map(this::told).findFirst();
    }

    /** The first of several variables that has a value. */
    Optional<String> first(String value, String... names) {
        return Arrays.stream(names)
                .filter(name -> variable(name).equalsIgnoreCase(value))
                .map(this::told)
                .findFirst();
    }

    private String told(String name) {
        return name + " = " + variable(name);
    }

    /** Whether the server repeats another one's changes; empty where the user may not know. */
    Optional<Boolean> isReplica() {
        return replicaStatus().map(rows -> !rows.isEmpty());
    }

    private Optional<List<Map<String, String>>> replicaStatus() {
        return answers.rows(
                isMariaDb()
                        ? "SHOW ALL SLAVES STATUS"
                        : isMySql(8, 0, 22) ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS");
    }

    /** What of the other server's changes this one leaves out, or goes on behind. */
    Optional<String> replicaFilters() {
        TreeSet<String> found = new TreeSet<>();
        for (Map<String, String> row : replicaStatus().orElse(List.of())) {
            row.forEach((name, value) -> {
                if (name.matches("replicate_.*(do|ignore)_(db|table).*") && value != null && !value.isEmpty()) {
                    found.add(name + " = " + value);
                }
            });
            for (String name : List.of("slave_skip_errors", "replica_skip_errors")) {
                unless(name, "OFF").ifPresent(found::add);
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", found));
    }

    /** Databases whose changes the log leaves out. */
    Optional<String> logFilters() {
        TreeSet<String> found = new TreeSet<>();
        // From 8.4 on the words are others, and Flink CDC has only these.
        for (Map<String, String> row : answers.rows("SHOW MASTER STATUS").orElse(List.of())) {
            for (String name : List.of("binlog_do_db", "binlog_ignore_db")) {
                String value = row.get(name);
                if (value != null && !value.isEmpty()) {
                    found.add(name + " = " + value);
                }
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", found));
    }

    /** How many sessions have a variable otherwise than the server; none where the user may not know. */
    Optional<String> sessionsWith(String name, String value) {
        if (variable(name).isEmpty()) {
            return Optional.empty();
        }
        int sessions = answers.rows("SELECT thread_id AS thread FROM performance_schema.variables_by_thread"
                        + " WHERE variable_name = '" + name + "' AND variable_value = '" + value + "'")
                .orElse(List.of())
                .size();
        return sessions == 0 ? Optional.empty() : Optional.of(name + " = " + value + " in sessions: " + sessions);
    }

    /** Transactions that are prepared and wait for their end. */
    Optional<String> preparedTransactions() {
        int waiting = answers.rows("XA RECOVER").orElse(List.of()).size();
        return waiting == 0 ? Optional.empty() : Optional.of("XA RECOVER has " + waiting);
    }

    /** Followed tables of some engines, in upper case. */
    Optional<String> tablesOf(String... engines) {
        return tables(row -> Arrays.asList(engines).contains(row.get("e").toUpperCase(Locale.ROOT)));
    }

    /** Followed tables whose rows come or go by other ways than this server's statements. */
    Optional<String> tablesOfElsewhere() {
        // A view has none.
        return tables(row -> !row.get("e").isEmpty()
                        && !OWN_ROWS.contains(row.get("e").toUpperCase(Locale.ROOT))
                || row.get("e").equalsIgnoreCase("ROCKSDB") && row.get("c").contains("ttl_duration="));
    }

    /** Followed tables that a condition on their engine {@code e} and comment {@code c} holds for. */
    private Optional<String> tables(Predicate<Map<String, String>> condition) {
        if (tables == null) {
            // Once for all rules: the server opens each of its tables for it.
            tables = answers.rows("SELECT table_schema AS d, table_name AS t, coalesce(engine, '') AS e,"
                            + " coalesce(table_comment, '') AS c FROM"
                            + " information_schema.tables"
                            + " WHERE"
                            + " table_schema" + SourceCatalog.NOT_OURS)
                    .orElse(List.of());
        }
        return names(tables.stream().filter(condition).collect(Collectors.toList()));
    }

    /** Followed tables with a column of one of these charsets. */
    Optional<String> tablesWith(Collection<String> charsets) {
        return names(answers.rows("SELECT DISTINCT table_schema AS d, table_name AS t FROM information_schema.columns"
                        + " WHERE character_set_name IN ('" + String.join("', '", charsets) + "')")
                .orElse(List.of()));
    }

    /** Followed tables whose rows change with those of another table. */
    Optional<String> cascades() {
        String changes = " IN ('CASCADE', 'SET NULL', 'SET DEFAULT')";
        return names(answers.rows("SELECT DISTINCT constraint_schema AS d, table_name AS t"
                        + " FROM information_schema.referential_constraints WHERE delete_rule" + changes
                        + " OR update_rule" + changes)
                .orElse(List.of()));
    }

    private Optional<String> names(Collection<Map<String, String>> rows) {
        TreeSet<SourceName> found = new TreeSet<>();
        for (Map<String, String> row : rows) {
            SourceName name = new SourceName(row.get("d"), row.get("t"));
            if (follows.test(name)) {
                found.add(name);
            }
        }
        if (found.isEmpty()) {
            return Optional.empty();
        }
        List<String> first =
                found.stream().limit(MOST_NAMES).map(SourceName::toString).collect(Collectors.toList());
        List<String> told = new ArrayList<>(first);
        if (found.size() > MOST_NAMES) {
            told.add("and " + (found.size() - MOST_NAMES) + " more");
        }
        return Optional.of("tables " + String.join(", ", told));
    }
}
