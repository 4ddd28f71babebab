package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.router.TablePolicy;
import com.pieclouddb.flink.internal.schema.PipelineColumn;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.spec.SpecText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.table.types.logical.RowType;

/**
 * What tables of a pipeline are for the sink: their targets, how they are loaded, and their texts for the native half.
 *
 * <p>The same for writers, for who follows the schemas, and for who leads rows to writers.
 */
final class PipelineTables {

    private final SinkSettings settings;
    private final TablePolicy policy;

    PipelineTables(SinkSettings settings) {
        this.settings = settings;
        policy = new TablePolicy(settings);
    }

    /** The target of a table: one without a schema is in that of the option's default. */
    TableId target(org.apache.flink.cdc.common.event.TableId table) throws PieCloudDBException {
        String schema =
                isEmpty(table.getSchemaName()) ? PieCloudDBOptions.SCHEMA_NAME.defaultValue() : table.getSchemaName();
        return policy.ofThisDatabase(
                isEmpty(table.getNamespace())
                        ? TableId.of(schema, table.getTableName())
                        : TableId.of(table.getNamespace(), schema, table.getTableName()));
    }

    /** How a table is loaded; empty where its rows are left out. */
    Optional<LoadMode> loadMode(TableId target, Schema schema) throws PieCloudDBException {
        return policy.loadMode(target, TableSchema.of(rowType(target, schema), schema.primaryKeys()));
    }

    /** The columns' types as Flink has them. */
    static RowType rowType(TableId target, Schema schema) throws PieCloudDBException {
        List<RowType.RowField> fields = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Column column : schema.getColumns()) {
            if (!names.add(column.getName())) {
                throw new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.CONFIG,
                        "table '" + target + "' of the pipeline has two columns '" + column.getName() + "': the source"
                                + " dropped or renamed one, which Flink CDC keeps, and then added one of that name;"
                                + " start the pipeline without its saved state, so that it reads the tables anew");
            }
            fields.add(new RowType.RowField(
                    column.getName(), CdcTypes.logical(target.toString(), column.getName(), column.getType())));
        }
        return new RowType(false, fields);
    }

    /** The text of a whole table. */
    String spec(TableId target, LoadMode loadMode, Schema schema) throws PieCloudDBException {
        return SpecText.pipelineTable(
                policy.settings(target),
                target,
                loadMode,
                columns(target, schema.getColumns()),
                schema.comment() == null ? "" : schema.comment(),
                loadMode == LoadMode.MERGE ? schema.primaryKeys() : List.of());
    }

    /** The text of some columns, by which a target is given what it lacks of them. */
    String spec(TableId target, List<Column> columns) throws PieCloudDBException {
        return SpecText.pipelineColumns(settings, target, columns(target, columns));
    }

    private static List<PipelineColumn> columns(TableId target, List<Column> columns) throws PieCloudDBException {
        List<PipelineColumn> all = new ArrayList<>();
        for (Column column : columns) {
            all.add(new PipelineColumn(
                    column.getName(),
                    CdcTypes.logical(target.toString(), column.getName(), column.getType()),
                    column.getComment() == null ? "" : column.getComment(),
                    DefaultText.of(column)));
        }
        return all;
    }

    private static boolean isEmpty(String name) {
        return name == null || name.isEmpty();
    }
}
