package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.NativeRouter;
import com.pieclouddb.flink.internal.schema.ColumnName;
import com.pieclouddb.flink.internal.schema.SourceTableState;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.PackedTableSpec;
import com.pieclouddb.flink.internal.shuffle.RouterMessages;
import com.pieclouddb.flink.internal.shuffle.SchemaVersion;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import com.pieclouddb.flink.internal.spec.SpecText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source's tables as one router knows them: from the state, from the job, from schema events.
 *
 * <p>Promises that the native half finds records by the same definitions as rows are opened with, and that of each
 * table the newest definition counts, of which the state's are newer than the job's: rows between were written by
 * those. A definition costs nothing before the first row; what a table's options refuse is refused then.
 */
final class SourceTables {

    private static final Logger LOG = LoggerFactory.getLogger(SourceTables.class);

    private final DebeziumStream<?> stream;
    private final SinkSettings settings;
    private final TablePolicy policy;
    private final RouterMessages messages;
    private final NativeRouter router;

    private final Map<SourceName, SourceTableState> known = new HashMap<>();

    /** By the native half's number. */
    private final List<RoutedSource> tables = new ArrayList<>();

    /** Whose truncation or dropped rows were told in the log. */
    private final Set<SourceName> told = new HashSet<>();

    /**
     * The tables of one router.
     *
     * @param restored the definitions that any routers left behind
     */
    SourceTables(
            DebeziumStream<?> stream,
            SinkSettings settings,
            RouterMessages messages,
            NativeRouter router,
            Collection<SourceTableState> restored)
            throws PieCloudDBException {
        this.stream = stream;
        this.settings = settings;
        this.messages = messages;
        this.router = router;
        policy = new TablePolicy(settings);
        for (SourceTableState one : restored) {
            known.merge(SourceName.of(one.table()), one, SourceTableState::later);
        }
        for (SourceTable given : stream.tables()) {
            known.compute(
                    SourceName.of(given),
                    (name, state) -> state == null
                            ? SourceTableState.given(given, stream.planning())
                            : state.before(given, stream.planning()));
        }
        for (SourceTableState one : known.values()) {
            define(SourceName.of(one.table()), one.table());
        }
    }

    Collection<SourceTableState> known() {
        return known.values();
    }

    RoutedSource table(int number) {
        return tables.get(number);
    }

    /** The form of a table's rows, opened with the first one; null where rows are left out. */
    SchemaVersion form(RoutedSource table) throws PieCloudDBException {
        if (!table.isOpen()) {
            table.open(opened(table));
        }
        return table.form();
    }

    private SchemaVersion opened(RoutedSource table) throws PieCloudDBException {
        if (table.target() == null) {
            return null;
        }
        SourceName name = SourceName.of(table.definition());
        Optional<LoadMode> mode = policy.loadMode(name, table.definition());
        if (mode.isEmpty()) {
            if (told.add(name)) {
                LOG.warn(
                        "rows of source table '{}' are dropped: it has no primary key and '{}' is 'skip'",
                        name,
                        PieCloudDBOptions.TABLE_WITHOUT_KEY.key());
            }
            return null;
        }
        String spec = SpecText.sourceTable(
                policy.settings(name), table.target(), mode.get(), known.get(name), stream.decimals());
        return messages.number(name.toString(), PackedTableSpec.of(table.target(), spec));
    }

    /** A row came whose table is not defined: left out from now on, or the end of the job. */
    void onUnknownTable(SourceName name) throws PieCloudDBException {
        if (stream.target(name, policy) != null) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.DATA,
                    "a row of source table '" + name + "' came before the table's definition: give it by"
                            + " sourceTable(...), or let the source emit its schema events"
                            + " into the stream");
        }
        define(name, null);
    }

    /**
     * A definition that a target has to follow is sent to one writer at once: rows of it may never come. Not that of a
     * table whose rows no target can have: a job may leave it out, and its target is not there.
     */
    void onSchemaEvent(SchemaChangeEvent event, Collector<ShuffleRecord> out) throws PieCloudDBException {
        TableId target = stream.target(event.name(), policy);
        if (target == null) {
            return;
        }
        if (event.definition() == null) {
            if (known.containsKey(event.name())) {
                tellThatRowsStay(
                        event.name(), event.kind() == SchemaChangeEvent.Kind.DROPPED ? "dropped" : "truncated", target);
            }
            return;
        }
        if (event.oldName() != null) {
            TableId old = stream.target(event.oldName(), policy);
            if (old != null && !old.equals(target)) {
                LOG.warn(
                        "source table '{}' is '{}' now: its rows go to '{}' from here on, those of before stay in '{}'",
                        event.oldName(),
                        event.name(),
                        target,
                        old);
            }
        }
        boolean isAltered = known.containsKey(event.name());
        RoutedSource table = register(event);
        if (table != null && isAltered && settings.isLenient() && mayHaveRows(event.definition())) {
            SchemaVersion form = form(table);
            if (form != null) {
                messages.open(form, Math.floorMod(target.hashCode(), KeySlots.COUNT), out);
            }
        }
    }

    private static boolean mayHaveRows(SourceTable definition) {
        return definition.columns().stream().allMatch(column -> ColumnName.isPossible(column.name()));
    }

    /** All rows of a table are gone in the source. */
    void truncated(RoutedSource table) {
        if (table.target() != null) {
            tellThatRowsStay(SourceName.of(table.definition()), "truncated", table.target());
        }
    }

    private void tellThatRowsStay(SourceName name, String what, TableId target) {
        if (told.add(name)) {
            LOG.warn(
                    "source table '{}' was {}, which is not repeated: the rows of '{}' stay; this is said once",
                    name,
                    what,
                    target);
        }
    }

    /** The table as it is from now on; null where it was so before. */
    private RoutedSource register(SchemaChangeEvent event) throws PieCloudDBException {
        SourceName name = event.name();
        SourceTable definition = event.definition();
        SourceTableState before = known.get(name);
        if (before != null && before.table().equals(definition)) {
            return null;
        }
        known.put(
                name,
                SourceTableState.told(
                        definition, event.inOldRows(), System.currentTimeMillis(), before, stream.planning()));
        return define(name, definition);
    }

    private RoutedSource define(SourceName name, SourceTable definition) throws PieCloudDBException {
        TableId target = definition == null ? null : stream.target(name, policy);
        RoutedSource table = new RoutedSource(definition, target, settings);
        int number = router.define(SpecText.source(name, definition, table.key(), stream.decimals()));
        if (number == tables.size()) {
            tables.add(table);
        } else {
            tables.set(number, table);
        }
        return table;
    }
}
