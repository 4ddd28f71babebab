package com.pieclouddb.flink.sync.records;

import com.pieclouddb.flink.internal.schema.ColumnName;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.tables.TableRule;
import com.pieclouddb.flink.sync.tables.TargetColumns;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides of tables that came after the job was planned whether their rows have a target: one with a column that no
 * target can have is left out with one line, and ends nobody's job.
 *
 * <p>A table that had rows before keeps what was decided then: a column that is added to it is the sink's to judge. But
 * for one that Flink CDC tells by another name the sink would look in vain: the job stops in front of the row.
 */
final class LaterTables {

    private static final Logger LOG = LoggerFactory.getLogger(LaterTables.class);

    private final Set<SourceName> planned;
    private final Map<SourceName, Boolean> decided = new HashMap<>();

    LaterTables(Set<SourceName> planned) {
        this.planned = planned;
    }

    /**
     * Whether rows are to be dropped.
     *
     * @param value a record of the table
     * @param columns names of its columns, none for a record that has no row
     * @throws FlinkRuntimeException where the values of a column would go to another one, or to none
     */
    boolean isLeftOut(MissingCreateEvents untold, Object value, List<String> columns) throws Throwable {
        if (columns.isEmpty()) {
            return false;
        }
        SourceName name = untold.name(value);
        if (!planned.contains(name) && isLeftOutForGood(name, columns)) {
            return true;
        }
        for (String column : columns) {
            if (ColumnName.isToldOtherwise(column)) {
                throw new FlinkRuntimeException(untold.stop(
                        value, "rows of table '" + name + "' cannot be read: " + TableRule.BACKQUOTE.of(column)));
            }
        }
        return false;
    }

    private boolean isLeftOutForGood(SourceName name, List<String> columns) {
        Boolean before = decided.get(name);
        if (before != null) {
            return before;
        }
        Optional<String> problem = columns.stream()
                .map(TargetColumns::problem)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .findFirst();
        problem.ifPresent(reason -> LOG.warn("table '{}' of the source is left out: {}", name, reason));
        decided.put(name, problem.isPresent());
        return problem.isPresent();
    }
}
