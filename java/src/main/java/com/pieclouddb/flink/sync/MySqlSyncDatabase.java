package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.PieCloudDBDebeziumSinkBuilder;
import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.jni.NativeSession;
import com.pieclouddb.flink.internal.plan.TargetCreation;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.checks.AppendedSnapshot;
import com.pieclouddb.flink.sync.checks.CatalogLimits;
import com.pieclouddb.flink.sync.checks.ChunkKeyColumns;
import com.pieclouddb.flink.sync.cli.Arguments;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.SourceCatalog;
import com.pieclouddb.flink.sync.mysql.SourceCharsets;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import com.pieclouddb.flink.sync.mysql.WatchGuard;
import com.pieclouddb.flink.sync.source.CdcSource;
import com.pieclouddb.flink.sync.source.PlannedSource;
import com.pieclouddb.flink.sync.source.RestoredTables;
import com.pieclouddb.flink.sync.tables.TableNameConverter;
import com.pieclouddb.flink.sync.tables.TableSelection;
import com.pieclouddb.flink.sync.watch.ReplayedTables;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command {@code mysql-sync-database}: loads the selected tables of MySQL or MariaDB and follows their changes.
 *
 * <p>It reads what the tables are, decides which are loaded and where to, and builds one job of two operators whose
 * uids never change, so that savepoints fit. Everything that is wrong is told before anything is submitted.
 */
final class MySqlSyncDatabase {

    static final String NAME = "mysql-sync-database";

    private static final Logger LOG = LoggerFactory.getLogger(MySqlSyncDatabase.class);

    private final Arguments arguments;
    private final SinkConf sinkConf;
    private final MySqlConf mySqlConf;
    private final SinkSettings sinkSettings;
    private final TableSelection selection;
    private final TableNameConverter names;

    private MySqlSyncDatabase(Arguments arguments) {
        this.arguments = arguments;
        sinkConf = SinkConf.of(arguments);
        mySqlConf = MySqlConf.of(arguments.pairs(Flag.MYSQL_CONF));
        sinkSettings = SinkSettings.ofDatabase(sinkConf.options());
        selection = TableSelection.of(
                mySqlConf.text(MySqlOption.DATABASE_NAME),
                arguments.value(Flag.INCLUDING_TABLES),
                arguments.value(Flag.EXCLUDING_TABLES));
        names = sinkConf.names(arguments, selection);
    }

    /**
     * Does what the flags say.
     *
     * @param words the flags
     */
    static void run(List<String> words) throws Exception {
        Arguments arguments = Arguments.parse(words);
        if (arguments.has(Flag.HELP)) {
            System.out.print(HelpText.of(NAME));
            return;
        }
        MySqlSyncDatabase command = new MySqlSyncDatabase(arguments);
        if (arguments.has(Flag.CREATE_TABLE_ONLY)) {
            command.createTables();
        } else {
            command.submit(StreamExecutionEnvironment.getExecutionEnvironment());
        }
    }

    private void submit(StreamExecutionEnvironment env) throws Exception {
        SyncPlan plan = build(env);
        if (sinkSettings.get(PieCloudDBOptions.CREATE_TABLE_ENABLED)) {
            // A writer would create a table with its first row only, and the source tells nothing of an empty one.
            createTargets(plan, Recovery.goesOn(env));
        }
        env.execute(arguments.value(Flag.JOB_NAME).orElse(NAME + " " + mySqlConf.text(MySqlOption.DATABASE_NAME)));
    }

    private SyncPlan build(StreamExecutionEnvironment env) {
        CdcClasses cdc = CdcClasses.find();
        SyncPlan plan;
        Source<String, ?, ?> source;
        try (SourceServer server = SourceServer.connect(mySqlConf, cdc)) {
            PlannedSource.refuse(server, cdc.line(), mySqlConf, MySqlSyncDatabase::warn);
            // Before the tables are listed: what comes behind this place is read from the log.
            LogPosition begin = LogPosition.end(server).orElse(null);
            boolean goesOn = Recovery.goesOn(env);
            plan = plan(server, cdc, goesOn ? this::hasTarget : table -> false);
            ChunkKeyColumns keys = ChunkKeyColumns.of(plan.loaded(), mySqlConf, cdc.line(), server, goesOn);
            Map<SourceName, String> cut = keys.chosen();
            RestoredTables restored =
                    goesOn ? RestoredTables.of(plan.leftOut(), keys.uncut(), plan.goneOn()) : RestoredTables.none();
            WatchGuard.tell(server);
            mySqlConf
                    .find(MySqlOption.SERVER_TIME_ZONE)
                    .ifPresent(zone ->
                            LOG.info("'{}' is not used: TIMESTAMP is read in UTC", MySqlOption.SERVER_TIME_ZONE.key()));
            source = new CdcSource(cdc, mySqlConf)
                    .source(
                            check(plan, restored, begin, server, cdc),
                            plan.names(),
                            SourceCharsets.read(server),
                            cut,
                            replayed(plan, cut, server, cdc, goesOn));
        }
        Recovery.prepare(env, NAME);
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "mysql")
                .uid("mysql-source")
                .sinkTo(sink(plan))
                .name("pieclouddb")
                .uid("pieclouddb-sink");
        return plan;
    }

    /** Asks the server whether it can be followed. */
    private PlannedSource check(
            SyncPlan plan, RestoredTables restored, LogPosition begin, SourceServer server, CdcClasses cdc) {
        return PlannedSource.of(
                server,
                cdc.line(),
                mySqlConf,
                selection,
                plan.names(),
                plan.without(),
                restored,
                begin,
                MySqlSyncDatabase::warn);
    }

    private static void warn(String found) {
        LOG.warn("of the source's server: {}", found);
    }

    private SyncPlan plan(SourceServer server, CdcClasses cdc, Predicate<SourceTable> isFollowed) {
        SortedMap<SourceName, SourceTable> tables = SourceCatalog.read(server, selection);
        CatalogLimits limits = CatalogLimits.read(server, selection);
        SyncPlan plan = SyncPlan.of(
                tables,
                limits,
                names,
                mySqlConf,
                cdc.line(),
                SinkConf.withoutKey(sinkSettings),
                arguments.has(Flag.IGNORE_INCOMPATIBLE),
                isFollowed);
        boolean mayShare = arguments.has(Flag.MERGE_SHARDS);
        List<String> clashes = names.problems(plan.loaded(), mayShare);
        if (!clashes.isEmpty()) {
            throw new ValidationException("The names of targets do not fit; rename by " + Flag.TABLE_PREFIX.text()
                    + ", "
                    + Flag.TABLE_SUFFIX.text() + " or '" + TableNameConverter.DATABASE
                    + "' in schema-name, exclude tables by "
                    + Flag.EXCLUDING_TABLES.text() + ", or let tables with the same columns share a target by "
                    + Flag.MERGE_SHARDS.text() + ":\n  " + String.join("\n  ", clashes));
        }
        if (!mayShare) {
            names.reserve(plan.loaded());
        }
        plan.leftOut().forEach((name, reason) -> LOG.warn("table '{}' of the source is left out: {}", name, reason));
        plan.goneOn()
                .forEach((name, reason) -> LOG.warn(
                        "table '{}' of the source has its target already, and goes on with the log alone; a job that"
                                + " begins anew would not load it: {}",
                        name,
                        reason));
        sinkSettings
                .ofTables()
                .without(plan.names())
                .forEach(conf -> LOG.warn(
                        "{} {}: the expression matches none of the tables to load", Flag.TABLE_CONF.text(), conf));
        System.out.println("tables to load: " + plan.loaded().size()
                + (plan.leftOut().isEmpty() ? "" : "; left out: " + String.join(", ", plan.reasons())));
        return plan;
    }

    /** Whether the target is there, as it is of a table that the job has loaded, and takes the table's rows. */
    private boolean hasTarget(SourceTable table) {
        try {
            createTargets(settings(true).with(PieCloudDBOptions.CREATE_TABLE_ENABLED, false), List.of(table));
            return true;
        } catch (PieCloudDBException e) {
            if (!saysThatNoneFits(e.kind())) {
                throw new ValidationException(
                        "Whether table '" + SourceName.of(table) + "' has its target cannot be said: " + e.getMessage(),
                        e);
            }
            LOG.info("table '{}' of the source has no target that goes on: {}", SourceName.of(table), e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while targets were looked for", e);
        }
    }

    /** Else the target's server could not answer, and nothing is known. */
    static boolean saysThatNoneFits(PieCloudDBException.Kind kind) {
        return kind == PieCloudDBException.Kind.TARGET || kind == PieCloudDBException.Kind.CONFIG;
    }

    private ReplayedTables replayed(
            SyncPlan plan, Map<SourceName, String> cut, SourceServer server, CdcClasses cdc, boolean goesOn) {
        boolean appends = sinkSettings
                .find(PieCloudDBOptions.LOAD_MODE)
                .filter(mode -> mode == LoadMode.APPEND)
                .isPresent();
        if (!goesOn) {
            new AppendedSnapshot(mySqlConf, cdc, cut, appends, arguments.has(Flag.QUIET_SOURCE))
                    .check(plan.loaded(), server);
        }
        return appends
                ? ReplayedTables.none()
                : ReplayedTables.allBut(plan.loaded().stream()
                        .filter(table -> table.primaryKey().isEmpty())
                        .map(SourceName::of)
                        .collect(Collectors.toList()));
    }

    private PieCloudDBSink<String> sink(SyncPlan plan) {
        PieCloudDBDebeziumSinkBuilder<String> builder = PieCloudDBSink.<String>debeziumBuilder()
                .converter(DebeziumConverter.ofText())
                .naming(names)
                .sourceTables(plan.loaded())
                .tablesAreCurrent();
        sinkConf.options().forEach(builder::option);
        return builder.build();
    }

    private void createTables() throws PieCloudDBException, InterruptedException {
        if (!sinkSettings.get(PieCloudDBOptions.CREATE_TABLE_ENABLED)) {
            throw new ValidationException(Flag.CREATE_TABLE_ONLY.text() + " contradicts "
                    + PieCloudDBOptions.CREATE_TABLE_ENABLED.key() + "=false");
        }
        CdcClasses cdc = CdcClasses.find();
        SyncPlan plan;
        try (SourceServer server = SourceServer.connect(mySqlConf, cdc)) {
            PlannedSource.refuse(server, cdc.line(), mySqlConf, MySqlSyncDatabase::warn);
            plan = plan(server, cdc, table -> false);
            check(plan, RestoredTables.none(), null, server, cdc);
        }
        // What can be said without the target's server is said at once, of all tables.
        sink(plan);
        createTargets(plan, false);
    }

    /** Creates what is missing and checks what is there. */
    private void createTargets(SyncPlan plan, boolean goesOn) throws PieCloudDBException, InterruptedException {
        createTargets(settings(goesOn), plan.loaded());
    }

    /**
     * What targets are held against.
     *
     * @param goesOn the job has loaded these targets before: where they follow their source, what they have beside it
     *     is what it had once
     */
    private SinkSettings settings(boolean goesOn) {
        return goesOn && sinkSettings.isLenient()
                ? sinkSettings.with(PieCloudDBOptions.MERGE_ALLOW_REPLACE, true)
                : sinkSettings;
    }

    private void createTargets(SinkSettings settings, List<SourceTable> tables)
            throws PieCloudDBException, InterruptedException {
        TargetCreation.run(
                settings,
                names,
                tables,
                spec -> NativeSession.open(
                        spec,
                        sinkSettings
                                .find(PieCloudDBOptions.NATIVE_LIBRARY_DIRECTORY)
                                .orElse(null)));
    }
}
