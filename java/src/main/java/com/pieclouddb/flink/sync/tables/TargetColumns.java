package com.pieclouddb.flink.sync.tables;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.annotation.Internal;

/**
 * Names that no column of a target can have, on any server of PostgreSQL's and Greenplum's families, or that Flink CDC
 * tells as another.
 */
@Internal
public final class TargetColumns {

    /** PostgreSQL's, in bytes: it cuts longer names off in silence. */
    static final int LONGEST_NAME = 63;

    private static final Set<String> SYSTEM =
            Set.of("xmin", "xmax", "cmin", "cmax", "ctid", "tableoid", "gp_segment_id");

    private TargetColumns() {}

    /** What is wrong with a column of this name. */
    public static Optional<String> problem(String column) {
        if (isToldOtherwise(column)) {
            return Optional.of(TableRule.BACKQUOTE.of(column));
        }
        if (SYSTEM.contains(column)) {
            return Optional.of(TableRule.SYSTEM_COLUMN.of(column));
        }
        return isTooLong(column) ? Optional.of(TableRule.LONG_COLUMN.of(column)) : Optional.empty();
    }

    /** Whether Flink CDC tells a column of this name, as the server or as CDC itself has it, by another one. */
    public static boolean isToldOtherwise(String column) {
        return column.contains("`");
    }

    static boolean isTooLong(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME;
    }
}
