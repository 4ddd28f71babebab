package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.internal.settings.TableOptions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

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
    private final long planning;

    /**
     * Describes a stream.
     *
     * @param planning a number of this planning's own if the tables were read from the source for it; 0 where they may
     *     be older than what a state knows
     */
    public DebeziumStream(
            DebeziumConverter<T> converter,
            DebeziumDecimals decimals,
            TargetNaming naming,
            List<SourceTable> tables,
            long planning) {
        this.converter = converter;
        this.decimals = decimals;
        this.naming = naming;
        this.tables = List.copyOf(tables);
        this.planning = planning;
    }

    /** See the constructor. */
    long planning() {
        return planning;
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
    public List<String> problems(SinkSettings settings) {
        TablePolicy policy = new TablePolicy(settings);
        List<String> problems = new ArrayList<>();
        Set<SourceName> seen = new HashSet<>();
        Map<TableId, SourceName> creators = new HashMap<>();
        for (SourceTable table : tables) {
            SourceName name = SourceName.of(table);
            if (!seen.add(name)) {
                problems.add("the source table '" + name + "' is given twice");
                continue;
            }
            try {
                TableId target = target(name, policy);
                if (target != null && policy.loadMode(name, table).isPresent()) {
                    creationProblem(policy, table, creators.putIfAbsent(target, name))
                            .ifPresent(problems::add);
                }
            } catch (PieCloudDBException e) {
                problems.add(e.getMessage());
            }
        }
        return problems;
    }

    /** What is wrong with how a target would be created; where tables share one, any of them may be the first. */
    private static Optional<String> creationProblem(TablePolicy policy, SourceTable table, SourceName sharing)
            throws PieCloudDBException {
        SourceName name = SourceName.of(table);
        SinkSettings own = policy.settings(name);
        String distributedBy = own.find(PieCloudDBOptions.CREATE_DISTRIBUTED_BY).orElse(null);
        List<String> columns =
                table.columns().stream().map(SourceTable.Column::name).collect(Collectors.toList());
        if (distributedBy != null) {
            String lacking = TableOptions.lacking(distributedBy, columns).orElse(null);
            if (lacking != null) {
                String key = own.ofTables()
                        .key(PieCloudDBOptions.CREATE_DISTRIBUTED_BY.key(), name.database(), name.table());
                return Optional.of("option '" + key + "' names column '" + lacking + "', which source table '" + name
                        + "' does not have");
            }
        }
        if (sharing != null && !policy.settings(sharing).creation().equals(own.creation())) {
            return Optional.of("the source tables '" + sharing + "' and '" + name
                    + "' have one target, but options that " + "would create it in two ways");
        }
        return Optional.empty();
    }
}
