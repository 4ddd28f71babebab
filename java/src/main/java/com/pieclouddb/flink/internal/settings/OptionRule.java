package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.ErrorRowsAction;
import com.pieclouddb.flink.PieCloudDBOptions.Fence;
import com.pieclouddb.flink.PieCloudDBOptions.InitialLoad;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBOptions.MergeStrategy;
import com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior;
import com.pieclouddb.flink.PieCloudDBOptions.SslMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/**
 * The one table of what options need beside them: alone they would do nothing, or not what they say, and are refused.
 *
 * <p>SQL, the builders and the command all pass here, and docs/options.md has the same table. An option that is off
 * ({@code false}, {@code none} or {@code auto} of the fence, {@code replace}, {@code staged}) asks for nothing and is
 * taken anywhere. It does not judge a value by itself.
 */
@Internal
public enum OptionRule {
    /** Rows that become visible before their checkpoint. */
    FLUSH(
            List.of(
                    PieCloudDBOptions.BUFFER_FLUSH_MAX_ROWS,
                    PieCloudDBOptions.BUFFER_FLUSH_MAX_BYTES,
                    PieCloudDBOptions.BUFFER_FLUSH_INTERVAL),
            "'sink.delivery-guarantee' = 'at-least-once'",
            "with 'exactly-once' only a completed checkpoint makes rows visible",
            any -> true,
            use -> !use.isExactlyOnce()),
    /** No fence at all. */
    FENCE_NONE(
            List.of(PieCloudDBOptions.FENCE),
            "'sink.delivery-guarantee' = 'at-least-once' where it is 'none'",
            "'exactly-once' must know which writers live",
            Fence.NONE::equals,
            use -> !use.isExactlyOnce()),
    /** A fence in any case. */
    FENCE_REQUIRED(
            List.of(PieCloudDBOptions.FENCE),
            "'load_mode' = 'merge' or 'sink.delivery-guarantee' = 'exactly-once' where it is 'required'",
            "rows that are only added come again after a failure with or without a fence",
            Fence.REQUIRED::equals,
            use -> use.isExactlyOnce() || use.modes.contains(LoadMode.MERGE)),
    /** What is kept for recovery. */
    RECOVERY(
            List.of(
                    PieCloudDBOptions.STAGING_RETENTION,
                    PieCloudDBOptions.LEDGER_RETENTION,
                    PieCloudDBOptions.RECOVERY_MISSING_STAGING),
            "'sink.delivery-guarantee' = 'exactly-once'",
            "'at-least-once' stages nothing",
            any -> true,
            Use::isExactlyOnce),
    /** Merges that lose what the sink does not write. */
    REPLACE(
            List.of(PieCloudDBOptions.MERGE_ALLOW_REPLACE),
            "'load_mode' = 'merge' and 'sink.merge.strategy' = 'replace' (the default) or 'auto'",
            "neither append nor 'update' replaces a row",
            Boolean.TRUE::equals,
            use -> use.modes.contains(LoadMode.MERGE)
                    && use.options.get(PieCloudDBOptions.MERGE_STRATEGY) != MergeStrategy.UPDATE),
    /** What marks deleted rows. */
    SOFT_DELETE(
            List.of(PieCloudDBOptions.SOFT_DELETE_COLUMN),
            "'sink.merge.strategy' = 'update' or 'auto' and 'sink.ignore-delete' = 'false' (the default)",
            "a row that is replaced or left out is not marked",
            any -> true,
            use -> use.options.get(PieCloudDBOptions.MERGE_STRATEGY) != MergeStrategy.REPLACE
                    && !use.options.get(PieCloudDBOptions.IGNORE_DELETE)),
    /** How merges change rows. */
    STRATEGY(
            List.of(PieCloudDBOptions.MERGE_STRATEGY),
            "'load_mode' = 'merge' where it is 'update' or 'auto'",
            "append changes no row that is there",
            value -> value != MergeStrategy.REPLACE,
            use -> use.modes.contains(LoadMode.MERGE)),
    /** Rows that go past the staging table. */
    INITIAL_LOAD(
            List.of(PieCloudDBOptions.MERGE_INITIAL_LOAD),
            "'load_mode' = 'merge', 'sink.delivery-guarantee' = 'at-least-once', 'sink.fence' = 'auto' or 'required'"
                    + " and no 'sink.soft-delete.column' where it is 'direct'",
            "only a merge knows keys, 'exactly-once' stages all rows, and the fence keeps rows of a failed attempt out",
            InitialLoad.DIRECT::equals,
            use -> use.modes.contains(LoadMode.MERGE)
                    && !use.isExactlyOnce()
                    && use.options.get(PieCloudDBOptions.FENCE) != Fence.NONE
                    && use.options
                            .getOptional(PieCloudDBOptions.SOFT_DELETE_COLUMN)
                            .isEmpty()),
    /** Rows that only a merge takes. */
    BEFORE_UPDATES(
            List.of(PieCloudDBOptions.IGNORE_UPDATE_BEFORE),
            "'load_mode' = 'merge'",
            "append takes no updates",
            Boolean.TRUE::equals,
            use -> use.modes.contains(LoadMode.MERGE)),
    /** Appends that may be stuck. */
    UNIQUE(
            List.of(PieCloudDBOptions.APPEND_ALLOW_UNIQUE),
            "'load_mode' = 'append', or 'sink.table-without-key' = 'append', and 'sink.delivery-guarantee' ="
                    + " 'at-least-once'",
            "a merge may meet unique indexes, and 'exactly-once' repeats no row",
            Boolean.TRUE::equals,
            use -> use.modes.contains(LoadMode.APPEND) && !use.isExactlyOnce()),
    /** How many rows are left out. */
    ERROR_ROWS(
            List.of(PieCloudDBOptions.ERROR_ROWS_MAX),
            "'sink.error-rows.action' = 'skip' or 'table'",
            "with 'fail', the default, the first one ends the job",
            any -> true,
            use -> use.options.get(PieCloudDBOptions.ERROR_ROWS_ACTION) != ErrorRowsAction.FAIL),
    /** Where such rows stand. */
    ERROR_ROWS_TABLE(
            List.of(PieCloudDBOptions.ERROR_ROWS_TABLE_NAME),
            "'sink.error-rows.action' = 'table'",
            "no such row is kept otherwise",
            any -> true,
            use -> use.options.get(PieCloudDBOptions.ERROR_ROWS_ACTION) == ErrorRowsAction.TABLE),
    /** Targets that are altered while others load them. */
    ENLARGED(
            List.of(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR),
            "'sink.copy.max-duration' above 0 or 'sink.delivery-guarantee' = 'exactly-once' where it is 'lenient'",
            "a table whose lock is held until a checkpoint cannot be altered before it",
            SchemaChangeBehavior.LENIENT::equals,
            use -> use.isExactlyOnce()
                    || !use.options.get(PieCloudDBOptions.COPY_MAX_DURATION).isZero()),
    /** Tables that cannot be merged. */
    KEYLESS(
            List.of(PieCloudDBOptions.TABLE_WITHOUT_KEY),
            "'load_mode' = 'merge', the default",
            "with 'append' all tables are appended to, with or without a key",
            any -> true,
            use -> use.modes.contains(LoadMode.MERGE)),
    /** What new tables are like. */
    CREATION(
            List.of(PieCloudDBOptions.CREATE_DISTRIBUTED_BY, PieCloudDBOptions.CREATE_PROPERTIES),
            "'sink.create-table.enabled' = 'true'",
            "no table is created otherwise",
            any -> true,
            use -> use.options.get(PieCloudDBOptions.CREATE_TABLE_ENABLED)),
    /** How a warehouse is chosen. */
    WAREHOUSE(
            List.of(PieCloudDBOptions.PDB_WAREHOUSE_STATEMENT),
            "'pdb_warehouse'",
            "it names that warehouse",
            any -> true,
            use -> use.options.getOptional(PieCloudDBOptions.PDB_WAREHOUSE).isPresent()),
    /** Whom to trust. */
    AUTHORITIES(
            List.of(PieCloudDBOptions.CONNECTION_SSL_ROOT_CERT),
            "'connection.ssl.mode' = 'require', 'verify-ca' or 'verify-full'",
            "'disable', 'allow' and 'prefer' (the default) take a connection that nobody has verified",
            any -> true,
            use -> Set.of(SslMode.REQUIRE, SslMode.VERIFY_CA, SslMode.VERIFY_FULL)
                    .contains(use.options.get(PieCloudDBOptions.CONNECTION_SSL_MODE)));

    private final List<ConfigOption<?>> options;
    private final String need;
    private final String reason;
    private final Predicate<Object> asks;
    private final Predicate<Use> has;

    OptionRule(List<ConfigOption<?>> options, String need, String reason, Predicate<Object> asks, Predicate<Use> has) {
        this.options = options;
        this.need = need;
        this.reason = reason;
        this.asks = asks;
        this.has = has;
    }

    /**
     * What is wrong with the options together.
     *
     * @param options their values, which are good
     * @param given the names by which an option was given
     * @param modes the ways in which tables may be loaded
     */
    static List<String> problems(
            ReadableConfig options, Function<ConfigOption<?>, List<String>> given, Set<LoadMode> modes) {
        Use use = new Use(options, modes);
        List<String> problems = new ArrayList<>();
        for (OptionRule rule : values()) {
            for (ConfigOption<?> option : rule.options) {
                Object value = options.getOptional(option).orElse(null);
                if (value != null && !rule.asks.test(value) || rule.has.test(use)) {
                    continue;
                }
                for (String name : given.apply(option)) {
                    problems.add("option '" + name + "' needs " + rule.need + ", since " + rule.reason
                            + ": set that, or leave the option out");
                }
            }
        }
        return problems;
    }

    /** Its line of docs/options.md. */
    String line() {
        String keys = options.stream().map(option -> "`" + option.key() + "`").collect(Collectors.joining(", "));
        return "| " + keys + " | " + need.replace('\'', '`') + " | " + reason.replace('\'', '`') + " |";
    }

    /** The options and what is known of the tables. */
    private static final class Use {

        private final ReadableConfig options;
        private final Set<LoadMode> modes;

        private Use(ReadableConfig options, Set<LoadMode> modes) {
            this.options = Objects.requireNonNull(options);
            this.modes = modes;
        }

        private boolean isExactlyOnce() {
            return options.get(PieCloudDBOptions.DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE;
        }
    }
}
