package com.pieclouddb.flink.table;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.internal.plan.FlinkVersionShim;
import com.pieclouddb.flink.internal.plan.TablePlan;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;

/**
 * Tells the planner which changes the table takes, and hands the sink to it.
 *
 * <p>Merge takes inserts, updates and whole deleted rows by key, without the rows before an update; the planner sends
 * those all the same where the query's key is not the table's, and the sink removes their keys. Append takes inserts
 * only, beside deletes that are to be left out, and says so while the statement is planned.
 */
@Internal
public final class PieCloudDBDynamicTableSink implements DynamicTableSink {

    private final TablePlan<RowData> plan;

    PieCloudDBDynamicTableSink(TablePlan<RowData> plan) {
        this.plan = plan;
    }

    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        if (plan.loadMode() == LoadMode.MERGE) {
            // Not ChangelogMode.upsert(): since Flink 2.1 that one also asks for deleted rows without their columns.
            return ChangelogMode.newBuilder()
                    .addContainedKind(RowKind.INSERT)
                    .addContainedKind(RowKind.UPDATE_AFTER)
                    .addContainedKind(RowKind.DELETE)
                    .build();
        }
        ChangelogMode.Builder added = ChangelogMode.newBuilder().addContainedKind(RowKind.INSERT);
        if (plan.settings().get(PieCloudDBOptions.IGNORE_DELETE)) {
            added.addContainedKind(RowKind.DELETE);
        }
        ChangelogMode taken = added.build();
        if (!taken.getContainedKinds().containsAll(requested.getContainedKinds())) {
            throw new ValidationException("The pieclouddb sink of " + plan.settings() + " has 'load_mode' = 'append', "
                    + "which takes inserted rows only, but the query also updates or deletes rows (" + requested
                    + "). Use 'load_mode' = 'merge' with a PRIMARY KEY (...) NOT ENFORCED.");
        }
        return taken;
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        Integer parallelism =
                plan.settings().find(PieCloudDBOptions.SINK_PARALLELISM).orElse(null);
        return SinkV2Provider.of(FlinkVersionShim.create(plan), parallelism);
    }

    @Override
    public DynamicTableSink copy() {
        return new PieCloudDBDynamicTableSink(plan);
    }

    @Override
    public String asSummaryString() {
        return "PieCloudDB " + plan.settings();
    }
}
