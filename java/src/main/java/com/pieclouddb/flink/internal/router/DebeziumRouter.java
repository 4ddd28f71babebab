package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.jni.NativeRouter;
import com.pieclouddb.flink.internal.metrics.SinkMetric;
import com.pieclouddb.flink.internal.row.RecordImages;
import com.pieclouddb.flink.internal.row.RowBound;
import com.pieclouddb.flink.internal.schema.SourceTableState;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.internal.shuffle.RouterMessages;
import com.pieclouddb.flink.internal.shuffle.SchemaVersion;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Turns Debezium's records into messages for the writers, each with the slot that decides which writer gets it.
 *
 * <p>Promises what {@link ChangeRouter} does, of source tables: all changes of a (target, key) have one slot, and no
 * slot sees a row before its table's form. An update that moves its key to another slot goes to both. The JSON is
 * looked at by the native half, in one call for each record, and passed on as it is. Definitions survive in the
 * checkpoint; it keeps nothing of a row and talks to no server.
 *
 * @param <T> the stream's type
 */
@Internal
public final class DebeziumRouter<T> extends ProcessFunction<T, ShuffleRecord> implements CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    private final DebeziumStream<T> stream;
    private final SinkSettings settings;

    private transient NativeRouter router;
    private transient SourceTables sources;
    private transient RouterMessages messages;
    private transient RecordImages images;
    private transient ListState<byte[]> state;
    private transient Counter rowsSkipped;
    private transient RowBound bound;

    public DebeziumRouter(DebeziumStream<T> stream, SinkSettings settings) {
        this.stream = stream;
        this.settings = settings;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        rowsSkipped = SinkMetric.ROWS_SKIPPED.counter(getRuntimeContext().getMetricGroup());
        bound = new RowBound(settings);
        messages = new RouterMessages();
        images = new RecordImages();
        state = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>(
                        "source-tables", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        List<SourceTableState> restored = new ArrayList<>();
        for (byte[] bytes : state.get()) {
            restored.add(SourceTableState.fromBytes(bytes));
        }
        // Flink closes the function even if it does not get to the end of this.
        router = NativeRouter.open(
                settings.find(PieCloudDBOptions.NATIVE_LIBRARY_DIRECTORY).orElse(null));
        sources = new SourceTables(stream, settings, messages, router, restored);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        List<byte[]> all = new ArrayList<>();
        for (SourceTableState known : sources.known()) {
            all.add(known.toBytes());
        }
        state.update(all);
    }

    @Override
    public void processElement(T element, Context context, Collector<ShuffleRecord> out) throws Exception {
        byte[] record = stream.converter().value(element);
        if (record == null || record.length == 0) {
            return;
        }
        byte[] key = stream.converter().key(element);
        switch (router.find(record, key)) {
            case ROW:
            case MOVED:
            case KEYED:
                route(key, record, out);
                break;
            case TRUNCATED:
                sources.truncated(sources.table(router.table()));
                break;
            case UNKNOWN:
                sources.onUnknownTable(new SourceName(router.texts()[0], router.texts()[1]));
                // That ended the job, or its rows are left out.
                rowsSkipped.inc();
                break;
            case TABLES:
                for (SchemaChangeEvent event : SchemaChangeEvent.read(router.texts())) {
                    sources.onSchemaEvent(event, out);
                }
                break;
            default:
            // Tombstones, heartbeats, transactions: nothing to load.
        }
    }

    private void route(byte[] key, byte[] record, Collector<ShuffleRecord> out) throws PieCloudDBException {
        RoutedSource source = sources.table(router.table());
        SchemaVersion form = sources.form(source);
        if (form == null) {
            rowsSkipped.inc();
            return;
        }
        if (bound.isExceededBy(record.length)) {
            throw bound.refusal(SourceName.of(source.definition()).toString(), record.length, record);
        }
        int slot = source.slot(router.hash());
        switch (router.found()) {
            case KEYED:
                messages.send(form, slot, images.keyed(key, record), out);
                break;
            case MOVED:
                int oldSlot = source.slot(router.oldHash());
                if (oldSlot != slot) {
                    messages.send(form, oldSlot, images.removal(record), out);
                    messages.send(form, slot, images.put(record), out);
                    break;
                }
                messages.send(form, slot, images.whole(record), out);
                break;
            default:
                messages.send(form, slot, images.whole(record), out);
        }
    }

    @Override
    public void close() throws Exception {
        if (router != null) {
            router.close();
        }
    }
}
