package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.internal.row.RowImages;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.RoundRobinSlots;
import java.io.UncheckedIOException;
import java.util.stream.Collectors;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.OperationType;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.function.HashFunction;
import org.apache.flink.cdc.common.function.HashFunctionProvider;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimestampType;

/**
 * Leads rows to writers by the slots of their keys, as all of the connector's sinks do.
 *
 * <p>Flink CDC's own hash takes keys for different that the server may hold for equal: zeros of two signs, blanks at
 * the end, a case that does not count. Rows that are appended go round the writers.
 */
final class SlotHash implements HashFunctionProvider<DataChangeEvent> {

    private static final long serialVersionUID = 1L;

    private final SinkSettings settings;

    SlotHash(SinkSettings settings) {
        this.settings = settings;
    }

    @Override
    public HashFunction<DataChangeEvent> getHashFunction(TableId table, Schema schema) {
        try {
            PipelineTables tables = new PipelineTables(settings);
            com.pieclouddb.flink.TableId target = tables.target(table);
            if (tables.loadMode(target, schema).filter(LoadMode.MERGE::equals).isPresent()) {
                return byKey(table, target, schema);
            }
            RoundRobinSlots turns = new RoundRobinSlots(target.hashCode());
            return event -> turns.next();
        } catch (PieCloudDBException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HashFunction<DataChangeEvent> byKey(
            TableId table, com.pieclouddb.flink.TableId target, Schema schema) throws PieCloudDBException {
        RowType rowType = PipelineTables.rowType(target, schema);
        int[] key =
                schema.primaryKeys().stream().mapToInt(rowType::getFieldIndex).toArray();
        KeySlots slots = new KeySlots(outOfLine(rowType), key, target.hashCode());
        int columns = rowType.getFieldCount();
        return event -> {
            try {
                BinaryRecordData row = CdcRecords.of(
                        event.op() == OperationType.DELETE ? event.before() : event.after(), columns, table);
                return slots.slot(RowImages.rowOf(columns, row.getSegments(), row.getOffset(), row.getSizeInBytes()));
            } catch (PieCloudDBException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Flink reads a timestamp of three digits or fewer inline, where Flink CDC has none. */
    private static RowType outOfLine(RowType rowType) {
        return new RowType(
                false,
                rowType.getFields().stream()
                        .map(field -> new RowType.RowField(field.getName(), outOfLine(field.getType())))
                        .collect(Collectors.toList()));
    }

    private static LogicalType outOfLine(LogicalType type) {
        return type.is(LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE)
                        || type.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
                ? new TimestampType(TimestampType.MAX_PRECISION)
                : type;
    }
}
