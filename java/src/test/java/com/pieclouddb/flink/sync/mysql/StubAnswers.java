package com.pieclouddb.flink.sync.mysql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A server that is not at hand: what it would answer. */
final class StubAnswers implements SourceAnswers {

    private final Map<String, String> variables = new HashMap<>();
    private final Map<String, List<Map<String, String>>> rows = new HashMap<>();
    private final Set<String> refused = new HashSet<>();

    /** A MySQL 8.0 that can be followed. */
    static StubAnswers ofMySql() {
        return new StubAnswers()
                .with("version", "8.0.36")
                .with("server_uuid", "5c7f6bd8-0000-11ef-8000-0242ac110002")
                .with("log_bin", "ON")
                .with("binlog_format", "ROW")
                .with("binlog_row_image", "FULL")
                .with("binlog_row_value_options", "")
                .with("binlog_transaction_compression", "OFF")
                .with("log_replica_updates", "ON")
                .with("gtid_mode", "OFF")
                .with("gtid_executed", "")
                .with("gtid_purged", "");
    }

    StubAnswers with(String variable, String value) {
        variables.put(variable, value);
        return this;
    }

    /** Adds a row to the answer to each question that holds a text. */
    StubAnswers row(String question, Map<String, String> row) {
        rows.computeIfAbsent(question, text -> new ArrayList<>()).add(row);
        return this;
    }

    /** For lack of a right. */
    StubAnswers refusing(String question) {
        refused.add(question);
        return this;
    }

    @Override
    public Map<String, String> variables() {
        return variables;
    }

    @Override
    public Optional<List<Map<String, String>>> rows(String sql) {
        if (refused.stream().anyMatch(sql::contains)) {
            return Optional.empty();
        }
        return Optional.of(rows.entrySet().stream()
                .filter(entry -> sql.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(List.of()));
    }
}
