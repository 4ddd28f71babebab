package com.pieclouddb.flink;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * The one table of the connector's options: name, type, default, meaning.
 *
 * <p>SQL's WITH clause, the builder and the documentation all read it, and the native half has no defaults of its own.
 * It checks nothing: what a value may be is {@code internal.settings.SinkSettings}' concern.
 */
@PublicEvolving
public final class PieCloudDBOptions {

    /** How rows become visible in the target. */
    public enum LoadMode {
        /** Rows are added; updates and deletes are refused. */
        APPEND("append"),
        /** The last change of each key wins; needs a primary key. */
        MERGE("merge");

        private final String text;

        LoadMode(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** How a merge changes rows that are there. */
    public enum MergeStrategy {
        /** By DELETE and INSERT. */
        REPLACE("replace"),
        /** By UPDATE; what the sink does not write stays as it is. */
        UPDATE("update"),
        /** By DELETE and INSERT where the target's definition allows it, else by UPDATE. */
        AUTO("auto");

        private final String text;

        MergeStrategy(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** How a merge brings rows of new keys into a target that was empty. */
    public enum InitialLoad {
        /** By way of a staging table, as all others. */
        STAGED("staged"),
        /** Straight into it, where its definition allows that. */
        DIRECT("direct");

        private final String text;

        InitialLoad(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What the database mode does with a table that has no primary key, unless all tables append. */
    public enum TableWithoutKey {
        /** Its rows are added; updates and deletes of it are refused. */
        APPEND("append"),
        /** Its rows are dropped and counted. */
        SKIP("skip"),
        /** The job fails. */
        REFUSE("refuse");

        private final String text;

        TableWithoutKey(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What becomes of a merge where earlier attempts of its writer cannot be shut out. */
    public enum Fence {
        /** One warning, and the load goes on. */
        AUTO("auto"),
        /** The job fails. */
        REQUIRED("required"),
        /** Nothing is tried. */
        NONE("none");

        private final String text;

        Fence(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What a completed checkpoint means for the rows that it covers. */
    public enum DeliveryGuarantee {
        /** They are visible; after a failure rows may come again. */
        AT_LEAST_ONCE("at-least-once"),
        /** They become visible once, all tables and subtasks together, when the checkpoint has completed. */
        EXACTLY_ONCE("exactly-once");

        private final String text;

        DeliveryGuarantee(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What becomes of a recovered checkpoint whose staged rows are gone or differ, with exactly-once. */
    public enum MissingStaging {
        /** The job fails. */
        FAIL("fail"),
        /** Those rows are left out. */
        SKIP("skip");

        private final String text;

        MissingStaging(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What becomes of U+0000 in character values, which the server cannot store. */
    public enum NullCharHandling {
        /** The row is one that the target cannot store. */
        FAIL("fail"),
        /** It is left out of the value. */
        STRIP("strip"),
        /** U+FFFD takes its place. */
        REPLACE("replace");

        private final String text;

        NullCharHandling(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What becomes of a row with a value that the target cannot store. */
    public enum ErrorRowsAction {
        /** The job fails. */
        FAIL("fail"),
        /** The row is left out. */
        SKIP("skip"),
        /** The row is left out, and stands in a table for such rows. */
        TABLE("table");

        private final String text;

        ErrorRowsAction(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What the database mode does with a table whose columns the target does not have. */
    public enum SchemaChangeBehavior {
        /** The job fails. */
        EXCEPTION("exception"),
        /** The values of those columns are left out. */
        IGNORE("ignore"),
        /** The target is given what it lacks, and nothing is taken from it. */
        LENIENT("lenient");

        private final String text;

        SchemaChangeBehavior(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The format of the COPY stream. */
    public enum CopyFormat {
        /** Binary on PostgreSQL, text on any other server. */
        AUTO("auto"),
        /** PostgreSQL's binary COPY format. */
        BINARY("binary"),
        /** PostgreSQL's text COPY format. */
        TEXT("text");

        private final String text;

        CopyFormat(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** libpq's ways to use TLS. */
    public enum SslMode {
        /** Never TLS. */
        DISABLE("disable"),
        /** TLS only where the server refuses plain text. */
        ALLOW("allow"),
        /** TLS where the server offers it. */
        PREFER("prefer"),
        /** TLS or no connection; the server is not verified. */
        REQUIRE("require"),
        /** TLS with a certificate of a known authority. */
        VERIFY_CA("verify-ca"),
        /** The same, and the certificate names the host. */
        VERIFY_FULL("verify-full");

        private final String text;

        SslMode(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The name after {@code 'connector' =} in SQL. */
    public static final String IDENTIFIER = "pieclouddb";

    /** Option {@code hostname}. */
    public static final ConfigOption<String> HOSTNAME = ConfigOptions.key("hostname")
            .stringType()
            .noDefaultValue()
            .withDescription("Host name or address of the server.");

    /** Option {@code port}. */
    public static final ConfigOption<Integer> PORT =
            ConfigOptions.key("port").intType().defaultValue(5432).withDescription("Port of the server.");

    /** Option {@code username}. */
    public static final ConfigOption<String> USERNAME = ConfigOptions.key("username")
            .stringType()
            .noDefaultValue()
            .withDescription("User who loads; owner of the sessions on the server.");

    /** Option {@code password}. */
    public static final ConfigOption<String> PASSWORD = ConfigOptions.key("password")
            .stringType()
            .noDefaultValue()
            .withDescription("The user's password (SCRAM-SHA-256, MD5 or clear text, as the server asks).");

    /** Option {@code database-name}. */
    public static final ConfigOption<String> DATABASE_NAME =
            ConfigOptions.key("database-name").stringType().noDefaultValue().withDescription("Database to connect to.");

    /** Option {@code schema-name}. */
    public static final ConfigOption<String> SCHEMA_NAME = ConfigOptions.key("schema-name")
            .stringType()
            .defaultValue("public")
            .withDescription("Schema of the target table.");

    /** Option {@code table-name}. */
    public static final ConfigOption<String> TABLE_NAME = ConfigOptions.key("table-name")
            .stringType()
            .noDefaultValue()
            .withDescription("Target table, taken literally: a dot in it is part of the name.");

    /** Option {@code pdb_warehouse}. */
    public static final ConfigOption<String> PDB_WAREHOUSE = ConfigOptions.key("pdb_warehouse")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("pdb-warehouse")
            .withDescription("PieCloudDB virtual warehouse that runs the load. A server that is not PieCloudDB "
                    + "gets one warning instead.");

    /** Option {@code pdb_warehouse.statement}. */
    public static final ConfigOption<String> PDB_WAREHOUSE_STATEMENT = ConfigOptions.key("pdb_warehouse.statement")
            .stringType()
            .defaultValue("SET pdb_warehouse TO '<name>'")
            .withDescription("Statement that chooses the warehouse at the start of each session.");

    /** Option {@code load_mode}. */
    public static final ConfigOption<LoadMode> LOAD_MODE = ConfigOptions.key("load_mode")
            .enumType(LoadMode.class)
            .noDefaultValue()
            .withFallbackKeys("load-mode")
            .withDescription("merge (the last change of each key wins) or append (also written append-only). "
                    + "Default: merge with a declared primary key, else append.");

    /** Option {@code sink.parallelism}. */
    public static final ConfigOption<Integer> SINK_PARALLELISM = FactoryUtil.SINK_PARALLELISM;

    /** Option {@code sink.buffer-flush.max-rows}. */
    public static final ConfigOption<Long> BUFFER_FLUSH_MAX_ROWS = ConfigOptions.key("sink.buffer-flush.max-rows")
            .longType()
            .noDefaultValue()
            .withDescription("Rows after which a writer makes them visible by itself; 0 is never. "
                    + "Default: 0 with checkpoints (visible at checkpoints only), 500000 without.");

    /** Option {@code sink.buffer-flush.max-bytes}. */
    public static final ConfigOption<MemorySize> BUFFER_FLUSH_MAX_BYTES = ConfigOptions.key(
                    "sink.buffer-flush.max-bytes")
            .memoryType()
            .noDefaultValue()
            .withDescription("The same by serialised bytes. Default: 0 with checkpoints, 64mb without.");

    /** Option {@code sink.buffer-flush.interval}. */
    public static final ConfigOption<Duration> BUFFER_FLUSH_INTERVAL = ConfigOptions.key("sink.buffer-flush.interval")
            .durationType()
            .noDefaultValue()
            .withDescription("The same by time. Default: 0 with checkpoints, 10s without.");

    /** Option {@code sink.buffer.memory-size}. */
    public static final ConfigOption<MemorySize> BUFFER_MEMORY_SIZE = ConfigOptions.key("sink.buffer.memory-size")
            .memoryType()
            .defaultValue(MemorySize.ofMebiBytes(64))
            .withDescription("Off-heap memory per subtask for rows on their way to the server, a hard limit; "
                    + "a single larger row passes alone.");

    /** Option {@code sink.copy.format}. */
    public static final ConfigOption<CopyFormat> COPY_FORMAT = ConfigOptions.key("sink.copy.format")
            .enumType(CopyFormat.class)
            .defaultValue(CopyFormat.AUTO)
            .withDescription("Format of the COPY stream: auto (binary on PostgreSQL, text elsewhere), binary or text. "
                    + "A table with columns that the server reads from text only (docs/types.md) always has text.");

    /** Option {@code sink.copy.max-duration}. */
    public static final ConfigOption<Duration> COPY_MAX_DURATION = ConfigOptions.key("sink.copy.max-duration")
            .durationType()
            .defaultValue(Duration.ofSeconds(5))
            .withDescription("Longest time that a COPY, and at-least-once append's transaction, stays open: what "
                    + "appended rows lock is let go by then, and they are visible. 0: at the checkpoint.");

    /** Option {@code connection.timeout}. */
    public static final ConfigOption<Duration> CONNECTION_TIMEOUT = ConfigOptions.key("connection.timeout")
            .durationType()
            .defaultValue(Duration.ofSeconds(30))
            .withDescription("Time for one attempt to connect and log in.");

    /** Option {@code connection.max-retries}. */
    public static final ConfigOption<Integer> CONNECTION_MAX_RETRIES = ConfigOptions.key("connection.max-retries")
            .intType()
            .defaultValue(3)
            .withDescription("Further attempts to connect while no row depends on the lost connection.");

    /** Option {@code connection.ssl.mode}. */
    public static final ConfigOption<SslMode> CONNECTION_SSL_MODE = ConfigOptions.key("connection.ssl.mode")
            .enumType(SslMode.class)
            .defaultValue(SslMode.PREFER)
            .withDescription("disable, allow, prefer, require, verify-ca or verify-full, as in libpq.");

    /** Option {@code connection.ssl.root-cert}. */
    public static final ConfigOption<String> CONNECTION_SSL_ROOT_CERT = ConfigOptions.key("connection.ssl.root-cert")
            .stringType()
            .noDefaultValue()
            .withDescription("PEM file of the authorities to trust, on every TaskManager. Default: the " + "system's.");

    /** Option {@code connection.properties}. */
    public static final ConfigOption<Map<String, String>> CONNECTION_PROPERTIES = ConfigOptions.key(
                    "connection.properties")
            .mapType()
            .noDefaultValue()
            .withDescription("Session settings of the server, each written connection.properties.<name>.");

    /** Option {@code sink.stall-timeout}. */
    public static final ConfigOption<Duration> STALL_TIMEOUT = ConfigOptions.key("sink.stall-timeout")
            .durationType()
            .defaultValue(Duration.ofMinutes(10))
            .withDescription("Time without one byte or answer from the server after which the job fails; a "
                    + "running statement is not a stall.");

    /** Option {@code sink.delivery-guarantee}. */
    public static final ConfigOption<DeliveryGuarantee> DELIVERY_GUARANTEE = ConfigOptions.key(
                    "sink.delivery-guarantee")
            .enumType(DeliveryGuarantee.class)
            .defaultValue(DeliveryGuarantee.AT_LEAST_ONCE)
            .withDescription("at-least-once (rows are visible before their checkpoint completes, and may come "
                    + "again after a failure) or exactly-once (rows of all tables and subtasks become visible "
                    + "together, once, when their checkpoint has completed).");

    /** Option {@code sink.label-prefix}. */
    public static final ConfigOption<String> LABEL_PREFIX = ConfigOptions.key("sink.label-prefix")
            .stringType()
            .noDefaultValue()
            .withDescription(
                    "Name that the server's list of sessions shows for this sink, 1 to 24 letters, digits, '_' or '-';"
                            + " a second live sink under it is refused. Default: pieclouddb-flink, for any number of"
                            + " sinks.");

    /** Option {@code sink.fence}. */
    public static final ConfigOption<Fence> FENCE = ConfigOptions.key("sink.fence")
            .enumType(Fence.class)
            .defaultValue(Fence.AUTO)
            .withDescription("Keep merges that a failed attempt had sent from committing after its successor "
                    + "started: auto (one warning where the user may not create the table for it), required or "
                    + "none.");

    /** Option {@code sink.staging-schema}. */
    public static final ConfigOption<String> STAGING_SCHEMA = ConfigOptions.key("sink.staging-schema")
            .stringType()
            .defaultValue("pieclouddb_flink")
            .withDescription("Schema of the connector's own permanent tables, created if it is missing.");

    /** Option {@code sink.staging.retention}. */
    public static final ConfigOption<Duration> STAGING_RETENTION = ConfigOptions.key("sink.staging.retention")
            .durationType()
            .defaultValue(Duration.ofDays(7))
            .withDescription("Exactly-once: how long rows that a failed attempt staged are kept for savepoints "
                    + "taken while it ran.");

    /** Option {@code sink.ledger.retention}. */
    public static final ConfigOption<Duration> LEDGER_RETENTION = ConfigOptions.key("sink.ledger.retention")
            .durationType()
            .defaultValue(Duration.ofDays(30))
            .withDescription("Exactly-once: how long the sink's ledger remembers a committed checkpoint; the age "
                    + "of the oldest savepoint that can be restored.");

    /** Option {@code sink.recovery.grace-period}. */
    public static final ConfigOption<Duration> RECOVERY_GRACE_PERIOD = ConfigOptions.key("sink.recovery.grace-period")
            .durationType()
            .defaultValue(Duration.ofMinutes(5))
            .withDescription("How long what once worked, a login or a target, is tried again in place before it ends "
                    + "the job; at most half of the checkpoint timeout. 0 is not at all.");

    /** Option {@code sink.recovery.missing-staging}. */
    public static final ConfigOption<MissingStaging> RECOVERY_MISSING_STAGING = ConfigOptions.key(
                    "sink.recovery.missing-staging")
            .enumType(MissingStaging.class)
            .defaultValue(MissingStaging.FAIL)
            .withDescription("Exactly-once: what becomes of a checkpoint whose staged rows are gone or differ, or "
                    + "whose target was dropped: fail, or skip (those rows are left out, with a warning).");

    /** Option {@code sink.merge.strategy}. */
    public static final ConfigOption<MergeStrategy> MERGE_STRATEGY = ConfigOptions.key("sink.merge.strategy")
            .enumType(MergeStrategy.class)
            .defaultValue(MergeStrategy.REPLACE)
            .withDescription(
                    "How a merge changes rows that are there: replace (DELETE and INSERT), update (UPDATE, for targets"
                            + " with columns that the sink does not write, row triggers, or foreign keys that point at"
                            + " them) or auto (replace where the target's definition allows it, else update).");

    /** Option {@code sink.merge.initial-load}. */
    public static final ConfigOption<InitialLoad> MERGE_INITIAL_LOAD = ConfigOptions.key("sink.merge.initial-load")
            .enumType(InitialLoad.class)
            .defaultValue(InitialLoad.STAGED)
            .withDescription("At-least-once: how rows of new keys reach a target that was empty: staged (merged, as all"
                    + " others) or direct (by COPY straight into it, visible before their checkpoint, until the first"
                    + " row that may have a key again; a key that somebody else stores meanwhile costs one restart).");

    /** Option {@code sink.soft-delete.column}. */
    public static final ConfigOption<String> SOFT_DELETE_COLUMN = ConfigOptions.key("sink.soft-delete.column")
            .stringType()
            .noDefaultValue()
            .withDescription(
                    "The target's column that marks a row instead of its being deleted: a boolean, or a timestamp of"
                            + " when it was merged. A row of the key that comes later clears it.");

    /** Option {@code sink.merge.allow-replace}. */
    public static final ConfigOption<Boolean> MERGE_ALLOW_REPLACE = ConfigOptions.key("sink.merge.allow-replace")
            .booleanType()
            .defaultValue(false)
            .withDescription("Merge also into a table with row triggers or with columns that the sink does not "
                    + "write, although each update resets those columns and fires those triggers.");

    /** Option {@code sink.append.allow-unique}. */
    public static final ConfigOption<Boolean> APPEND_ALLOW_UNIQUE = ConfigOptions.key("sink.append.allow-unique")
            .booleanType()
            .defaultValue(false)
            .withDescription("Append also to a table with a unique index, although a replay after a failure "
                    + "may then fail for ever.");

    /** Option {@code sink.ignore-delete}. */
    public static final ConfigOption<Boolean> IGNORE_DELETE = ConfigOptions.key("sink.ignore-delete")
            .booleanType()
            .defaultValue(false)
            .withDescription("Leave out deleted rows, and rows as they were before an update: what the target has "
                    + "stays there, that under an old key too.");

    /** Option {@code sink.ignore-update-before}. */
    public static final ConfigOption<Boolean> IGNORE_UPDATE_BEFORE = ConfigOptions.key("sink.ignore-update-before")
            .booleanType()
            .defaultValue(false)
            .withDescription("Leave out rows as they were before an update, which remove their key otherwise: for "
                    + "updates that never change it.");

    /** Option {@code sink.error-rows.action}. */
    public static final ConfigOption<ErrorRowsAction> ERROR_ROWS_ACTION = ConfigOptions.key("sink.error-rows.action")
            .enumType(ErrorRowsAction.class)
            .defaultValue(ErrorRowsAction.FAIL)
            .withDescription(
                    "What becomes of a row with a value that the target's column cannot store, as far as that shows"
                            + " before it is sent (U+0000, out of range, too long, NULL), and with at-least-once merges"
                            + " of one that the server refuses (CHECK, foreign key, enum label): fail, skip (it is left"
                            + " out, counted and told by table and column) or table (it also stands in"
                            + " sink.error-rows.table-name, with its values).");

    /** Option {@code sink.error-rows.table-name}. */
    public static final ConfigOption<String> ERROR_ROWS_TABLE_NAME = ConfigOptions.key("sink.error-rows.table-name")
            .stringType()
            .defaultValue("error_rows")
            .withDescription("Table for such rows in sink.staging-schema, created if it is missing.");

    /** Option {@code sink.error-rows.max}. */
    public static final ConfigOption<String> ERROR_ROWS_MAX = ConfigOptions.key("sink.error-rows.max")
            .stringType()
            .noDefaultValue()
            .withDescription("Most rows that a writer (subtask) leaves out before the job ends with their number: a"
                    + " count since it began (1000), over all its tables, or a percentage (0.5%) of each 10,000 rows."
                    + " Default: any number.");

    /** Option {@code sink.null-char.handling}. */
    public static final ConfigOption<NullCharHandling> NULL_CHAR_HANDLING = ConfigOptions.key("sink.null-char.handling")
            .enumType(NullCharHandling.class)
            .defaultValue(NullCharHandling.FAIL)
            .withDescription("What becomes of U+0000 in character values, keys and nested ones included: fail (the row "
                    + "cannot be stored), strip (it is left out) or replace (U+FFFD takes its place).");

    /** Option {@code sink.create-table.enabled}. */
    public static final ConfigOption<Boolean> CREATE_TABLE_ENABLED = ConfigOptions.key("sink.create-table.enabled")
            .booleanType()
            .defaultValue(false)
            .withDescription("Create a target that does not exist, and its schema: the columns and primary key that "
                    + "the sink has. This option alters nothing that exists.");

    /** Option {@code table.create.distributed-by}. */
    public static final ConfigOption<String> CREATE_DISTRIBUTED_BY = ConfigOptions.key("table.create.distributed-by")
            .stringType()
            .noDefaultValue()
            .withDescription("Columns, separated by commas, to distribute a created table by, on servers of the "
                    + "Greenplum family. Default: the primary key, or randomly without one.");

    /** Option {@code table.create.properties}. */
    public static final ConfigOption<Map<String, String>> CREATE_PROPERTIES = ConfigOptions.key(
                    "table.create.properties")
            .mapType()
            .noDefaultValue()
            .withDescription("Storage parameters of created tables, each written table.create.properties.<name>.");

    /** Option {@code native.library.directory}. */
    public static final ConfigOption<String> NATIVE_LIBRARY_DIRECTORY = ConfigOptions.key("native.library.directory")
            .stringType()
            .noDefaultValue()
            .withDescription("Directory for the unpacked native library, for a temporary folder that is "
                    + "mounted noexec. Default: the JVM's temporary folder.");

    /** Option {@code sink.table-without-key}. */
    public static final ConfigOption<TableWithoutKey> TABLE_WITHOUT_KEY = ConfigOptions.key("sink.table-without-key")
            .enumType(TableWithoutKey.class)
            .defaultValue(TableWithoutKey.REFUSE)
            .withDescription("What becomes of a table without a primary key, unless load_mode is append: append "
                    + "(its rows are added), skip (its rows are dropped and counted, with one warning) or "
                    + "refuse (the job fails).");

    /** Option {@code schema.change.behavior}. */
    public static final ConfigOption<SchemaChangeBehavior> SCHEMA_CHANGE_BEHAVIOR = ConfigOptions.key(
                    "schema.change.behavior")
            .enumType(SchemaChangeBehavior.class)
            .defaultValue(SchemaChangeBehavior.EXCEPTION)
            .withDescription(
                    "What becomes of a target table that lacks a column or room in one: exception (the job fails),"
                        + " ignore (the values of columns that it lacks are left out) or lenient (it is enlarged, see "
                        + "docs/schema-changes.md).");

    /** Option {@code sink.row.max-size}. */
    public static final ConfigOption<MemorySize> ROW_MAX_SIZE = ConfigOptions.key("sink.row.max-size")
            .memoryType()
            .defaultValue(MemorySize.ofMebiBytes(32))
            .withDescription(
                    "Largest row, or record of Debezium, that is taken: while it passes, the heap of a TaskManager "
                            + "holds it several times. A larger one ends the job by the name of its table.");

    /** Option {@code connection.pool.max-size}. */
    public static final ConfigOption<Integer> CONNECTION_POOL_MAX_SIZE = ConfigOptions.key("connection.pool.max-size")
            .intType()
            .defaultValue(8)
            .withDescription("Most connections of one subtask, however many tables there are.");

    /** Option {@code connection.pool.idle-timeout}. */
    public static final ConfigOption<Duration> CONNECTION_POOL_IDLE_TIMEOUT = ConfigOptions.key(
                    "connection.pool.idle-timeout")
            .durationType()
            .defaultValue(Duration.ofMinutes(5))
            .withDescription("Time after which a connection without work is closed.");

    /** Option {@code sink.metrics.max-tables}. */
    public static final ConfigOption<Integer> METRICS_MAX_TABLES = ConfigOptions.key("sink.metrics.max-tables")
            .intType()
            .defaultValue(200)
            .withDescription("Tables per subtask that have metrics of their own; the others are summed.");

    /** Without these there is no sink. */
    public static final List<ConfigOption<?>> REQUIRED = List.of(HOSTNAME, USERNAME, DATABASE_NAME, TABLE_NAME);

    /** All the others. */
    public static final List<ConfigOption<?>> OPTIONAL = List.of(
            PORT,
            PASSWORD,
            SCHEMA_NAME,
            PDB_WAREHOUSE,
            PDB_WAREHOUSE_STATEMENT,
            LOAD_MODE,
            SINK_PARALLELISM,
            BUFFER_FLUSH_MAX_ROWS,
            BUFFER_FLUSH_MAX_BYTES,
            BUFFER_FLUSH_INTERVAL,
            BUFFER_MEMORY_SIZE,
            COPY_FORMAT,
            COPY_MAX_DURATION,
            CONNECTION_TIMEOUT,
            CONNECTION_MAX_RETRIES,
            CONNECTION_SSL_MODE,
            CONNECTION_SSL_ROOT_CERT,
            CONNECTION_PROPERTIES,
            STALL_TIMEOUT,
            DELIVERY_GUARANTEE,
            LABEL_PREFIX,
            FENCE,
            STAGING_SCHEMA,
            STAGING_RETENTION,
            LEDGER_RETENTION,
            RECOVERY_GRACE_PERIOD,
            RECOVERY_MISSING_STAGING,
            MERGE_STRATEGY,
            MERGE_INITIAL_LOAD,
            SOFT_DELETE_COLUMN,
            MERGE_ALLOW_REPLACE,
            APPEND_ALLOW_UNIQUE,
            IGNORE_DELETE,
            IGNORE_UPDATE_BEFORE,
            ERROR_ROWS_ACTION,
            ERROR_ROWS_TABLE_NAME,
            ERROR_ROWS_MAX,
            NULL_CHAR_HANDLING,
            ROW_MAX_SIZE,
            CREATE_TABLE_ENABLED,
            CREATE_DISTRIBUTED_BY,
            CREATE_PROPERTIES,
            NATIVE_LIBRARY_DIRECTORY);

    /** What only the database mode has beside them. */
    public static final List<ConfigOption<?>> DATABASE_OPTIONAL = List.of(
            TABLE_WITHOUT_KEY,
            SCHEMA_CHANGE_BEHAVIOR,
            CONNECTION_POOL_MAX_SIZE,
            CONNECTION_POOL_IDLE_TIMEOUT,
            METRICS_MAX_TABLES);

    private PieCloudDBOptions() {}
}
