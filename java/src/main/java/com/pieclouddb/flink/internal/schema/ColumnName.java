package com.pieclouddb.flink.internal.schema;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.flink.annotation.Internal;

/** What names of columns a target can have, on any server of PostgreSQL's and Greenplum's families. */
@Internal
public final class ColumnName {

    /** PostgreSQL's, in bytes: it cuts longer names off in silence. */
    private static final int LONGEST = 63;

    private static final Set<String> SYSTEM =
            Set.of("xmin", "xmax", "cmin", "cmax", "ctid", "tableoid", "gp_segment_id");

    private ColumnName() {}

    /** Whether each table has a column of this name of its own. */
    public static boolean isOfTheSystem(String column) {
        return SYSTEM.contains(column);
    }

    /** Whether the server would cut the name off. */
    public static boolean isTooLong(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length > LONGEST;
    }

    /** Whether Flink CDC tells a column of this name, as the server or as CDC itself has it, by another one. */
    public static boolean isToldOtherwise(String column) {
        return column.contains("`");
    }

    /** Whether rows with such a column can come to a target, so far as its name says. */
    public static boolean isPossible(String column) {
        return !isOfTheSystem(column) && !isTooLong(column) && !isToldOtherwise(column);
    }
}
