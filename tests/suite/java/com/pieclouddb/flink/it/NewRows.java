package com.pieclouddb.flink.it;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;

/**
 * Tells the rows of a query in portions: each poll gives those that earlier ones have not given. Rows that are equal
 * are counted, so one that was stored twice is told twice.
 */
final class NewRows implements ExternalSystemDataReader<String> {

    private final Postgres server;
    private final String query;
    private final Map<String, Integer> told = new HashMap<>();

    NewRows(Postgres server, String query) {
        this.server = server;
        this.query = query;
    }

    @Override
    public List<String> poll(Duration timeout) {
        Map<String, Integer> unseen = new HashMap<>(told);
        List<String> fresh = new ArrayList<>();
        for (String row : rows()) {
            if (unseen.merge(row, -1, Integer::sum) < 0) {
                fresh.add(row);
            }
        }
        fresh.forEach(row -> told.merge(row, 1, Integer::sum));
        return fresh;
    }

    private List<String> rows() {
        try {
            return server.query(query);
        } catch (SQLException e) {
            throw new IllegalStateException("the target could not be read", e);
        }
    }

    @Override
    public void close() {
        // It holds no connection between two polls.
    }
}
