package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The one table of the session settings that {@code connection.properties} may not change: with them rows would be
 * stored wrong, be lost, or not be told apart from another job's.
 *
 * <p>docs/options.md has the same table. Every other setting is the server's to judge.
 */
enum SessionProperty {
    CLIENT_ENCODING("client_encoding", Why.OWN),
    STANDARD_CONFORMING_STRINGS("standard_conforming_strings", Why.OWN),
    DEFAULT_TRANSACTION_ISOLATION("default_transaction_isolation", Why.OWN),
    DEFAULT_TRANSACTION_READ_ONLY("default_transaction_read_only", Why.OWN),
    EXIT_ON_ERROR("exit_on_error", Why.OWN),
    SQL_INHERITANCE("sql_inheritance", Why.OWN),
    TRANSACTION_ISOLATION("transaction_isolation", Why.ONE_TRANSACTION),
    TRANSACTION_READ_ONLY("transaction_read_only", Why.ONE_TRANSACTION),
    TRANSACTION_DEFERRABLE("transaction_deferrable", Why.ONE_TRANSACTION),
    APPLICATION_NAME(
            "application_name",
            "fence and label find sessions by it; `sink.label-prefix` is the part of it that a job can choose"),
    ROLE("role", Why.LOGIN),
    SESSION_AUTHORIZATION("session_authorization", Why.LOGIN),
    USER("user", Why.OPTION),
    PASSWORD("password", Why.OPTION),
    DATABASE("database", Why.OPTION),
    OPTIONS("options", Why.NONE),
    REPLICATION("replication", Why.NONE),
    SYNCHRONOUS_COMMIT(
            "synchronous_commit",
            "off",
            "a checkpoint would complete before its rows are safe from a crash of the server");

    /** Every way to write off. */
    private static final Pattern OFF = Pattern.compile("off|false|no|0", Pattern.CASE_INSENSITIVE);

    private static final String PREFIX = PieCloudDBOptions.CONNECTION_PROPERTIES.key() + ".";

    private final String name;

    /** The value that is refused, or null where each is. */
    private final String value;

    private final String reason;

    SessionProperty(String name, String reason) {
        this(name, null, reason);
    }

    SessionProperty(String name, String value, String reason) {
        this.name = name;
        this.value = value;
        this.reason = reason;
    }

    /** What is wrong with settings by their names and values; a value is never told. */
    static List<String> problems(Map<String, String> given) {
        List<String> problems = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        given.forEach((written, text) -> {
            String lower = written.toLowerCase(Locale.ROOT);
            if (!seen.add(lower)) {
                problems.add("option '" + PREFIX + written + "' is given twice, in other letters");
            }
            for (SessionProperty property : values()) {
                if (property.name.equals(lower)
                        && (property.value == null || OFF.matcher(text.trim()).matches())) {
                    problems.add("option '" + PREFIX + written + "'"
                            + (property.value == null ? "" : " = '" + property.value + "'") + " is not taken: "
                            + property.reason.replace('`', '\'') + "; leave it out");
                }
            }
        });
        return problems;
    }

    /** Its line of docs/options.md. */
    String line() {
        return "| `" + name + "`" + (value == null ? "" : " = `" + value + "`") + " | " + reason + " |";
    }

    /** Reasons that several have. */
    private static final class Why {
        private static final String OWN = "the connector sets it, and sends rows and statements accordingly";
        private static final String ONE_TRANSACTION = "it is a transaction's, not a session's, and would do nothing";
        private static final String LOGIN =
                "sessions could not see and end each other any more; log in as that user by `username`";
        private static final String OPTION = "it is no setting of a session, and the connector has an option for it";
        private static final String NONE = "it is a parameter of libpq, not a setting of a session";
    }
}
