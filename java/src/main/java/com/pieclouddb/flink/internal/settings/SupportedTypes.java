package com.pieclouddb.flink.internal.settings;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The Flink types that the sink accepts while a job is planned, where the native library may not be loadable.
 *
 * <p>Which of them fits which column of the server is decided by the native half when the table opens.
 */
@Internal
public final class SupportedTypes {

    private static final Set<LogicalTypeRoot> ROOTS = EnumSet.of(
            LogicalTypeRoot.BOOLEAN,
            LogicalTypeRoot.TINYINT,
            LogicalTypeRoot.SMALLINT,
            LogicalTypeRoot.INTEGER,
            LogicalTypeRoot.BIGINT,
            LogicalTypeRoot.FLOAT,
            LogicalTypeRoot.DOUBLE,
            LogicalTypeRoot.DECIMAL,
            LogicalTypeRoot.CHAR,
            LogicalTypeRoot.VARCHAR,
            LogicalTypeRoot.BINARY,
            LogicalTypeRoot.VARBINARY,
            LogicalTypeRoot.DATE,
            LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE,
            LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE,
            LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE,
            LogicalTypeRoot.INTERVAL_YEAR_MONTH,
            LogicalTypeRoot.INTERVAL_DAY_TIME);

    /** Those whose values have others inside, which must be supported as well. */
    private static final Set<LogicalTypeRoot> NESTED =
            EnumSet.of(LogicalTypeRoot.ARRAY, LogicalTypeRoot.MAP, LogicalTypeRoot.MULTISET, LogicalTypeRoot.ROW);

    private SupportedTypes() {}

    /** Every column that is refused, with its type; empty where the row type is fine. */
    public static List<String> refusedColumns(RowType rowType) {
        List<String> refused = new ArrayList<>();
        for (RowType.RowField field : rowType.getFields()) {
            if (!isSupported(field.getType())) {
                refused.add("'" + field.getName() + "' " + field.getType().asSummaryString());
            }
        }
        return refused;
    }

    /** Every key column that has no equality to merge by, with its type. */
    public static List<String> refusedKeys(RowType rowType, List<String> key) {
        List<String> refused = new ArrayList<>();
        for (RowType.RowField field : rowType.getFields()) {
            if (key.contains(field.getName()) && NESTED.contains(field.getType().getTypeRoot())) {
                refused.add("'" + field.getName() + "' " + field.getType().asSummaryString());
            }
        }
        return refused;
    }

    private static boolean isSupported(LogicalType type) {
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
            case BINARY:
            case VARBINARY:
                // The length 0 of an empty literal has no SQL form and could hold nothing.
                return LogicalTypeChecks.getLength(type) > 0;
            case ARRAY:
            case MAP:
            case MULTISET:
            case ROW:
                return type.getChildren().stream().allMatch(SupportedTypes::isSupported);
            default:
                return ROOTS.contains(type.getTypeRoot());
        }
    }
}
