package com.pieclouddb.flink.internal;

import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.internal.plan.TablePlan;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/** Valid starting points for tests, to be spoiled one thing at a time. */
public final class Plans {

    public static final RowType STUDENT = (RowType) DataTypes.ROW(
                    DataTypes.FIELD("id", DataTypes.INT().notNull()),
                    DataTypes.FIELD("name", DataTypes.STRING()),
                    DataTypes.FIELD("score", DataTypes.INT()))
            .notNull()
            .getLogicalType();

    private Plans() {}

    /** The required options, and then pairs of name and value. */
    public static Map<String, String> options(String... more) {
        Map<String, String> options = new HashMap<>(Map.of(
                "hostname", "db.example", "username", "loader", "database-name", "demo", "table-name", "student"));
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        return options;
    }

    /** The required options of the database mode, and then pairs of name and value. */
    public static SinkSettings databaseSettings(String... more) {
        Map<String, String> options = options(more);
        options.remove("table-name");
        return SinkSettings.ofDatabase(options);
    }

    public static TablePlan<RowData> append(String... options) {
        return TablePlan.of(SinkSettings.ofTable(options(options)), STUDENT, List.of(), RowConverter.forRowData());
    }

    public static TablePlan<RowData> merge(String... options) {
        return TablePlan.of(SinkSettings.ofTable(options(options)), STUDENT, List.of("id"), RowConverter.forRowData());
    }
}
