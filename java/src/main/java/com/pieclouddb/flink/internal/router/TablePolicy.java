package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.internal.settings.SupportedTypes;
import java.util.List;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/**
 * What the database mode does with a table, as its options say: merge, append, leave out, or end the job.
 *
 * <p>It judges by the id and the schema alone; whether they fit the server's table is the native half's to say.
 */
@Internal
public final class TablePolicy {

    private final SinkSettings settings;

    public TablePolicy(SinkSettings settings) {
        this.settings = settings;
    }

    /** The id as the writers know it, without the database; another database than the session's is refused. */
    public TableId ofThisDatabase(TableId table) throws PieCloudDBException {
        if (table.database().isEmpty()) {
            return table;
        }
        String database = settings.get(PieCloudDBOptions.DATABASE_NAME);
        if (!table.database().equals(database)) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.CONFIG,
                    "table '" + table + "' is of another database than '"
                            + PieCloudDBOptions.DATABASE_NAME.key() + "' = '" + database
                            + "', the only one that this sink's "
                            + "sessions have: use a sink for each database, or a TableId without a database");
        }
        return TableId.of(table.schema(), table.table());
    }

    /** The options as they are for a table that the stream names as a target. */
    public SinkSettings settings(TableId table) throws PieCloudDBException {
        return settings.ofTable(table.schema(), table.table());
    }

    /** The same for a table of a source. */
    public SinkSettings settings(SourceName name) throws PieCloudDBException {
        return settings.ofTable(name.database(), name.table());
    }

    /** How the table is loaded; empty where its rows are left out. */
    public Optional<LoadMode> loadMode(TableId table, TableSchema schema) throws PieCloudDBException {
        List<String> refused = SupportedTypes.refusedColumns(schema.rowType());
        if (!refused.isEmpty()) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.CONFIG,
                    "table '" + table + "' has column types that are not supported: " + String.join(", ", refused));
        }
        Optional<LoadMode> mode =
                loadMode("table '" + table + "'", !schema.primaryKey().isEmpty(), "TableSchema");
        List<String> refusedKeys = SupportedTypes.refusedKeys(schema.rowType(), schema.primaryKey());
        if (mode.filter(LoadMode.MERGE::equals).isPresent() && !refusedKeys.isEmpty()) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.CONFIG,
                    "table '" + table + "' has key columns of types without an equality to merge by: "
                            + String.join(", ", refusedKeys));
        }
        return mode;
    }

    /** The same for a table of a source, whose types are the native half's to judge. */
    public Optional<LoadMode> loadMode(SourceName name, SourceTable table) throws PieCloudDBException {
        return loadMode("source table '" + name + "'", !table.primaryKey().isEmpty(), "SourceTable");
    }

    private Optional<LoadMode> loadMode(String table, boolean hasKey, String keyIn) throws PieCloudDBException {
        if (settings.find(PieCloudDBOptions.LOAD_MODE)
                .filter(mode -> mode == LoadMode.APPEND)
                .isPresent()) {
            return Optional.of(LoadMode.APPEND);
        }
        if (hasKey) {
            return Optional.of(LoadMode.MERGE);
        }
        switch (settings.get(PieCloudDBOptions.TABLE_WITHOUT_KEY)) {
            case APPEND:
                return Optional.of(LoadMode.APPEND);
            case SKIP:
                return Optional.empty();
            default:
                throw new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.CONFIG,
                        table + " has no primary key: name one in its " + keyIn
                                + ", or set '" + PieCloudDBOptions.TABLE_WITHOUT_KEY.key()
                                + "' to 'append' (its rows are added) or 'skip' (its rows are dropped)");
        }
    }
}
