package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.RoundRobinSlots;
import com.pieclouddb.flink.internal.shuffle.SchemaVersion;
import java.util.List;

/**
 * A table of the source with one definition inside a router: its target, the slots of its rows, and their form once a
 * row came.
 *
 * <p>A table that changes its definition becomes another instance.
 */
final class RoutedSource {

    private final SourceTable definition;
    private final TableId target;
    private final List<String> key;
    private final int seed;
    private final RoundRobinSlots turns;

    private boolean open;
    private SchemaVersion form;

    /**
     * A table with its present definition.
     *
     * @param definition null for a table that is left out whatever it is
     * @param target null for one that is left out
     */
    RoutedSource(SourceTable definition, TableId target, SinkSettings settings) {
        this.definition = definition;
        this.target = target;
        boolean appends = settings.find(PieCloudDBOptions.LOAD_MODE)
                .filter(mode -> mode == LoadMode.APPEND)
                .isPresent();
        key = target == null || appends ? List.of() : definition.primaryKey();
        // The target's: shards of one table keep a key together.
        seed = target == null ? 0 : target.hashCode();
        turns = new RoundRobinSlots(seed);
    }

    SourceTable definition() {
        return definition;
    }

    /** Null where rows are left out by the naming. */
    TableId target() {
        return target;
    }

    /** The columns that rows are routed by, none where any slot is as good. */
    List<String> key() {
        return key;
    }

    /** The slot of a row by the native half's hash of its key. */
    int slot(long hash) {
        return key.isEmpty() ? turns.next() : KeySlots.slot(hash, seed);
    }

    boolean isOpen() {
        return open;
    }

    /**
     * Once, with the first row.
     *
     * @param form null where rows are left out
     */
    void open(SchemaVersion form) {
        open = true;
        this.form = form;
    }

    /** Null where rows are left out. */
    SchemaVersion form() {
        return form;
    }
}
