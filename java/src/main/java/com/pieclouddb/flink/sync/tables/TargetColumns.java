package com.pieclouddb.flink.sync.tables;

import com.pieclouddb.flink.internal.schema.ColumnName;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/** Columns that leave their table out: their names cannot be those of a target's, or Flink CDC tells them otherwise. */
@Internal
public final class TargetColumns {

    private TargetColumns() {}

    /** What is wrong with a column of this name. */
    public static Optional<String> problem(String column) {
        if (ColumnName.isToldOtherwise(column)) {
            return Optional.of(TableRule.BACKQUOTE.of(column));
        }
        if (ColumnName.isOfTheSystem(column)) {
            return Optional.of(TableRule.SYSTEM_COLUMN.of(column));
        }
        return ColumnName.isTooLong(column) ? Optional.of(TableRule.LONG_COLUMN.of(column)) : Optional.empty();
    }
}
