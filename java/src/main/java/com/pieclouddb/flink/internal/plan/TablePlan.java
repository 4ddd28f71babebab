package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.row.ExternalRowConverter;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SupportedTypes;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.writer.LoadWriter;
import com.pieclouddb.flink.internal.writer.TableSetup;
import com.pieclouddb.flink.internal.writer.TableWriter;
import com.pieclouddb.flink.internal.writer.WriterContext;
import com.pieclouddb.flink.internal.writer.WriterState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.RowType;

/**
 * A sink into one table: its settings, schema, key, load mode and converter fit together.
 *
 * <p>Schema and key are known when the job is planned, so all that needs no server is checked then.
 *
 * @param <T> the stream's type
 */
@Internal
public final class TablePlan<T> extends SinkPlan<T> {

    private static final long serialVersionUID = 1L;

    private final RowType rowType;
    private final int[] key;
    private final LoadMode loadMode;
    private final RowConverter<T> converter;

    private TablePlan(SinkSettings settings, RowType rowType, int[] key, LoadMode loadMode, RowConverter<T> converter) {
        super(settings);
        this.rowType = rowType;
        this.key = key;
        this.loadMode = loadMode;
        this.converter = converter;
    }

    /**
     * Checks what can be known without a server.
     *
     * @param settings the options
     * @param rowType the columns to write
     * @param primaryKey names of key columns, empty for none
     * @param converter from the stream's type to rows
     * @return the plan
     */
    public static <T> TablePlan<T> of(
            SinkSettings settings, RowType rowType, List<String> primaryKey, RowConverter<T> converter) {
        LoadMode mode = settings.find(PieCloudDBOptions.LOAD_MODE)
                .orElse(primaryKey.isEmpty() ? LoadMode.APPEND : LoadMode.MERGE);
        List<String> problems = new ArrayList<>();
        List<String> refused = SupportedTypes.refusedColumns(rowType);
        if (!refused.isEmpty()) {
            problems.add("column types that are not supported: " + String.join(", ", refused));
        }
        List<String> refusedKeys = SupportedTypes.refusedKeys(rowType, primaryKey);
        if (mode == LoadMode.MERGE && !refusedKeys.isEmpty()) {
            problems.add("key columns of types without an equality to merge by: " + String.join(", ", refusedKeys));
        }
        if (rowType.getFieldCount() == 0) {
            problems.add("the sink needs at least one column");
        }
        for (String column : primaryKey) {
            if (!rowType.getFieldNames().contains(column)) {
                problems.add("primary key column '" + column + "' is not a column of the sink");
            }
        }
        if (new HashSet<>(primaryKey).size() < primaryKey.size()) {
            problems.add("the primary key names a column twice: " + primaryKey);
        }
        if (converter instanceof ExternalRowConverter) {
            ((ExternalRowConverter) converter).misfit(rowType).ifPresent(problems::add);
        }
        if (mode == LoadMode.MERGE && primaryKey.isEmpty()) {
            problems.add("'load_mode' = 'merge' needs a primary key: declare PRIMARY KEY (...) NOT ENFORCED, or "
                    + "primaryKey(...) on the builder, or use 'load_mode' = 'append'");
        }
        problems.addAll(settings.problems(Set.of(mode)));
        KeySlots.parallelismProblem(settings, mode == LoadMode.MERGE).ifPresent(problems::add);
        if (!problems.isEmpty()) {
            throw new ValidationException(
                    "The pieclouddb sink of " + settings + " cannot be planned:\n  " + String.join("\n  ", problems));
        }
        int[] key = primaryKey.stream().mapToInt(rowType::getFieldIndex).toArray();
        return new TablePlan<>(settings, rowType, key, mode, converter);
    }

    @Override
    DataStream<T> route(DataStream<T> in) {
        return loadMode == LoadMode.APPEND
                ? in
                : PreWriteTopology.exchange(in, new SlotSelector<>(converter, new KeySlots(rowType, key, 0)));
    }

    @Override
    public LoadWriter<T> openWriter(
            WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions) throws IOException {
        return new TableWriter<>(
                setup(),
                new TableSetup<>(
                        target(), rowType, converter, SpecText.table(settings(), target(), loadMode, rowType, key())),
                context,
                recovered,
                sessions);
    }

    @Override
    public boolean routesByKey() {
        return loadMode == LoadMode.MERGE;
    }

    @Override
    public int connections() {
        return 1;
    }

    public TableId target() {
        return TableId.of(
                settings().get(PieCloudDBOptions.SCHEMA_NAME), settings().get(PieCloudDBOptions.TABLE_NAME));
    }

    public LoadMode loadMode() {
        return loadMode;
    }

    public RowType rowType() {
        return rowType;
    }

    /** Indexes of the key columns that the load mode uses: none in append. */
    public int[] key() {
        return loadMode == LoadMode.MERGE ? key.clone() : new int[0];
    }

    public RowConverter<T> converter() {
        return converter;
    }

    /** Gives each record the number that Flink's key groups map to the slot of its key. */
    private static final class SlotSelector<T> implements KeySelector<T, Integer> {

        private static final long serialVersionUID = 1L;

        private final RowConverter<T> converter;
        private final KeySlots slots;

        SlotSelector(RowConverter<T> converter, KeySlots slots) {
            this.converter = converter;
            this.slots = slots;
        }

        @Override
        public Integer getKey(T element) {
            return KeySlots.groupKey(slots.slot(converter.convert(element)));
        }
    }
}
