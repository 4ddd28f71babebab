package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a job says of its stream of Debezium's JSON: where the JSON is, how decimals are written, which tables there are
 * and where they go.
 *
 * @param <T> the stream's type
 */
@Internal
public final class DebeziumStream<T> implements Serializable {

    private static final long serialVersionUID = 1L;

    private final DebeziumConverter<T> converter;
    private final DebeziumDecimals decimals;
    private final TargetNaming naming;
    private final List<SourceTable> tables;

    public DebeziumStream(DebeziumConverter<T> converter, DebeziumDecimals decimals, TargetNaming naming,
            List<SourceTable> tables) {
        this.converter = converter;
        this.decimals = decimals;
        this.naming = naming;
        this.tables = List.copyOf(tables);
    }

    DebeziumConverter<T> converter() {
        return converter;
    }

    DebeziumDecimals decimals() {
        return decimals;
    }

    /** Where a table's rows go, without a database; null where they are left out. */
    TableId target(SourceName table, TablePolicy policy) throws PieCloudDBException {
        TableId target = naming.target(table.database(), table.table());
        return target == null ? null : policy.ofThisDatabase(target);
    }

    /** Those that are defined when the job is planned. */
    List<SourceTable> tables() {
        return tables;
    }

    /** All that is wrong with the tables as far as it shows without a server. */
    List<String> problems(SinkSettings settings) {
        TablePolicy policy = new TablePolicy(settings);
        List<String> problems = new ArrayList<>();
        Set<SourceName> seen = new HashSet<>();
        for (SourceTable table : tables) {
            SourceName name = SourceName.of(table);
            if (!seen.add(name)) {
                problems.add("the source table '" + name + "' is given twice");
                continue;
            }
            try {
                TableId target = target(name, policy);
                if (target != null) {
                    policy.loadMode(name, table);
                }
            } catch (PieCloudDBException e) {
                problems.add(e.getMessage());
            }
        }
        return problems;
    }
}
