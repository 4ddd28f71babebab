package com.pieclouddb.flink.internal;

import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.RowType;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.RowConverter;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Everything that one sink's subtasks have in common, checked as a whole: settings, schema, key, load mode, converter.
 *
 * <p>It is built while the job is planned, learns about checkpoints when Flink expands the sink ({@link
 * PreWriteTopology}), and travels to the writers inside the sink object. It never loads the native library.
 *
 * @param <T> the stream's type
 */
@Internal
public final class SinkPlan<T> implements Serializable {

    private static final long serialVersionUID = 1L;

    private final SinkSettings settings;
    private final RowType rowType;
    private final int[] key;
    private final LoadMode loadMode;
    private final RowConverter<T> converter;
    private final UUID sinkId = UUID.randomUUID();

    /** Of the checkpoints that make rows visible; zero where there are none. */
    private Duration checkpointTimeout = Duration.ZERO;

    private SinkPlan(SinkSettings settings, RowType rowType, int[] key, LoadMode loadMode, RowConverter<T> converter) {
        this.settings = settings;
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
    public static <T> SinkPlan<T> of(
            SinkSettings settings, RowType rowType, List<String> primaryKey, RowConverter<T> converter) {
        LoadMode mode = settings.find(PieCloudDBOptions.LOAD_MODE)
                .orElse(primaryKey.isEmpty() ? LoadMode.APPEND : LoadMode.MERGE);
        List<String> problems = new ArrayList<>();
        List<String> refused = SupportedTypes.refusedColumns(rowType);
        if (!refused.isEmpty()) {
            problems.add("column types that are not supported: " + String.join(", ", refused));
        }
        if (rowType.getFieldCount() == 0) {
            problems.add("the sink needs at least one column");
        }
        for (String column : primaryKey) {
            if (!rowType.getFieldNames().contains(column)) {
                problems.add("primary key column '" + column + "' is not a column of the sink");
            }
        }
        if (mode == LoadMode.MERGE) {
            checkMerge(settings, primaryKey, problems);
        }
        if (!problems.isEmpty()) {
            throw new ValidationException(
                    "The pieclouddb sink of " + settings + " cannot be planned:\n  " + String.join("\n  ", problems));
        }
        int[] key = primaryKey.stream().mapToInt(rowType::getFieldIndex).toArray();
        return new SinkPlan<>(settings, rowType, key, mode, converter);
    }

    private static void checkMerge(SinkSettings settings, List<String> primaryKey, List<String> problems) {
        if (primaryKey.isEmpty()) {
            problems.add("'load_mode' = 'merge' needs a primary key: declare PRIMARY KEY (...) NOT ENFORCED, or "
                    + "primaryKey(...) on the builder, or use 'load_mode' = 'append'");
        }
        settings.find(PieCloudDBOptions.SINK_PARALLELISM).filter(p -> p > KeySlots.COUNT).ifPresent(
                p -> problems.add("'sink.parallelism' = " + p + " is too much for 'load_mode' = 'merge', whose keys "
                        + "have " + KeySlots.COUNT + " slots"));
    }

    /** Told once, before the sink is shipped. */
    void learnCheckpointTimeout(Duration timeout) {
        this.checkpointTimeout = timeout;
    }

    public SinkSettings settings() {
        return settings;
    }

    public LoadMode loadMode() {
        return loadMode;
    }

    RowType rowType() {
        return rowType;
    }

    /** Indexes of the key columns that the load mode uses: none in append. */
    int[] key() {
        return loadMode == LoadMode.MERGE ? key.clone() : new int[0];
    }

    RowConverter<T> converter() {
        return converter;
    }

    /** Drawn when the sink is built; the same in every subtask. */
    UUID sinkId() {
        return sinkId;
    }

    /** Whether checkpoints make rows visible; without them the writer must do it by itself. */
    boolean hasCheckpoints() {
        return !checkpointTimeout.isZero();
    }

    /**
     * How long a merge may wait for a lock, never endlessly: with checkpoints a wait longer than theirs is pointless,
     * without them it is as bad as a server that stands still.
     */
    Duration lockTimeout() {
        return hasCheckpoints() ? checkpointTimeout.dividedBy(2) : settings.get(PieCloudDBOptions.STALL_TIMEOUT);
    }
}
