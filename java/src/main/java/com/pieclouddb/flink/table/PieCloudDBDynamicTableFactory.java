package com.pieclouddb.flink.table;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.internal.plan.TablePlan;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;

/**
 * Makes {@code 'connector' = 'pieclouddb'} a table that can be written to.
 *
 * <p>All checks that need no server happen here, while the statement is planned. It runs in the client and never loads
 * the native library: the client may run on another platform.
 */
@Internal
public final class PieCloudDBDynamicTableFactory implements DynamicTableSinkFactory {

    @Override
    public String factoryIdentifier() {
        return PieCloudDBOptions.IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return new HashSet<>(PieCloudDBOptions.REQUIRED);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return new HashSet<>(PieCloudDBOptions.OPTIONAL);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        Map<String, String> options = new HashMap<>(context.getCatalogTable().getOptions());
        options.remove(FactoryUtil.CONNECTOR.key());
        options.remove(FactoryUtil.PROPERTY_VERSION.key());
        RowType rowType = (RowType) context.getPhysicalRowDataType().getLogicalType();
        // By name: up to Flink 1.20.1 getPrimaryKeyIndexes() counts computed and metadata columns, which no row has.
        List<String> key = context.getCatalogTable()
                .getResolvedSchema()
                .getPrimaryKey()
                .map(UniqueConstraint::getColumns)
                .orElse(List.of());
        TablePlan<RowData> plan = TablePlan.of(SinkSettings.ofTable(options), rowType, key, RowConverter.forRowData());
        return new PieCloudDBDynamicTableSink(plan);
    }
}
