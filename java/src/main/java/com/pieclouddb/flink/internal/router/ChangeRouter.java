package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.metrics.SinkMetric;
import com.pieclouddb.flink.internal.row.RowBound;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.row.RowImages;
import com.pieclouddb.flink.internal.schema.TableSchemaState;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.RouterMessages;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns records into messages for the writers of the database mode, each with the slot that decides which writer gets
 * it.
 *
 * <p>Promises that all changes of a (table, key) have one slot, and that before the first row of a table with a schema
 * a message with that schema went to the same slot: a channel keeps order, so the writer knows it first. Schemas
 * survive in the checkpoint; after a restart each router knows the newest of each table. It keeps nothing of a row and
 * talks to no server.
 *
 * @param <T> the stream's type
 */
@Internal
public final class ChangeRouter<T> extends ProcessFunction<T, ShuffleRecord> implements CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(ChangeRouter.class);

    private final TableChangeConverter<T> converter;
    private final SinkSettings settings;

    private transient TablePolicy policy;
    private transient RouterMessages messages;
    private transient Map<TableId, TableSchemaState> schemas;

    /** Tables that had a row or schema since the start; empty for those whose rows are left out. */
    private transient Map<TableId, Optional<RoutedTable>> tables;

    /** By row type: tables of one form share what stays in the processor's cache. */
    private transient Map<RowType, RowImages> images;

    /** The id of the last row, as the converter gave it, and its table: rows of a table often come in runs. */
    private transient TableId lastId;

    private transient RoutedTable last;

    private transient ListState<byte[]> state;
    private transient Counter rowsSkipped;
    private transient RowBound bound;
    private transient Consumer<TableChange> changes;

    /** Where messages go while a record is converted, null otherwise. */
    private transient Collector<ShuffleRecord> out;

    private transient PieCloudDBException failure;

    public ChangeRouter(TableChangeConverter<T> converter, SinkSettings settings) {
        this.converter = converter;
        this.settings = settings;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        policy = new TablePolicy(settings);
        bound = new RowBound(settings);
        messages = new RouterMessages();
        schemas = new HashMap<>();
        tables = new HashMap<>();
        images = new HashMap<>();
        changes = this::accept;
        rowsSkipped = SinkMetric.ROWS_SKIPPED.counter(getRuntimeContext().getMetricGroup());
        state = context.getOperatorStateStore()
                .getUnionListState(
                        new ListStateDescriptor<>("schemas", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        for (byte[] bytes : state.get()) {
            TableSchemaState read =
                    TableSchemaState.fromBytes(bytes, getRuntimeContext().getUserCodeClassLoader());
            schemas.merge(read.table(), read, (a, b) -> b.changedAt() > a.changedAt() ? b : a);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        List<byte[]> all = new ArrayList<>();
        for (TableSchemaState known : schemas.values()) {
            all.add(known.toBytes());
        }
        state.update(all);
    }

    @Override
    public void processElement(T element, Context context, Collector<ShuffleRecord> out) throws Exception {
        this.out = out;
        try {
            converter.convert(element, changes);
        } catch (UncheckedIOException e) {
            if (e.getCause() != failure) {
                throw e;
            }
        } finally {
            this.out = null;
        }
        // Thrown here whatever the converter did with it.
        if (failure != null) {
            throw failure;
        }
    }

    private void accept(TableChange change) {
        if (out == null) {
            throw new IllegalStateException("The TableChangeConverter gave a change of table '" + change.table()
                    + "' after its call had ended.");
        }
        try {
            if (change.row() == null) {
                register(policy.ofThisDatabase(change.table()), change.schema());
            } else if (change.table() == lastId) {
                route(last, change.row());
            } else {
                route(change);
            }
        } catch (PieCloudDBException e) {
            failure = e;
            throw new UncheckedIOException(e);
        }
    }

    private void register(TableId table, TableSchema schema) throws PieCloudDBException {
        TableSchemaState known = schemas.get(table);
        if (known != null && known.schema().equals(schema)) {
            if (known.schema() != schema) {
                // The converter's own instance is compared faster the next time.
                schemas.put(table, new TableSchemaState(table, schema, known.changedAt()));
            }
            return;
        }
        // Later than what it follows even if a clock was set back, so that a restart takes the right one.
        long now = System.currentTimeMillis();
        lastId = null;
        schemas.put(
                table, new TableSchemaState(table, schema, known == null ? now : Math.max(now, known.changedAt() + 1)));
        tables.put(table, open(table, schema));
    }

    private void route(TableChange change) throws PieCloudDBException {
        TableId table = policy.ofThisDatabase(change.table());
        Optional<RoutedTable> open = tables.get(table);
        if (open == null) {
            TableSchemaState known = schemas.get(table);
            if (known == null) {
                throw new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.DATA,
                        "a row of table '" + table + "' came before the table's schema: the converter must give"
                                + " TableChange.schema(...) before the first row of each table");
            }
            open = open(table, known.schema());
            tables.put(table, open);
        }
        if (open.isEmpty()) {
            rowsSkipped.inc();
            return;
        }
        last = open.get();
        lastId = change.table();
        route(last, change.row());
    }

    private void route(RoutedTable target, RowData row) throws PieCloudDBException {
        int slot = target.slot(row);
        RowImage image = target.image(row);
        if (bound.isExceededBy(image.size())) {
            throw bound.refusal(lastId.toString(), image.size(), null);
        }
        messages.send(target.form(), slot, image, out);
    }

    private Optional<RoutedTable> open(TableId table, TableSchema schema) throws PieCloudDBException {
        Optional<LoadMode> mode = policy.loadMode(table, schema);
        if (mode.isEmpty() && !tables.containsKey(table)) {
            LOG.warn(
                    "rows of table '{}' are dropped: it has no primary key and '{}' is 'skip'",
                    table,
                    PieCloudDBOptions.TABLE_WITHOUT_KEY.key());
        }
        RowImages shared = images.computeIfAbsent(schema.rowType(), RowImages::new);
        SinkSettings own = policy.settings(table);
        return mode.map(m -> new RoutedTable(messages, table, schema, m, own, shared));
    }
}
