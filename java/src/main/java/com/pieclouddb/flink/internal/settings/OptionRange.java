package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;

/**
 * Which values of its type an option takes, for those that do not take all. docs/options.md prints this table, and a
 * test compares both.
 */
enum OptionRange {
    PORT("between 1 and 65535", (Integer port) -> port >= 1 && port <= 65535, PieCloudDBOptions.PORT),
    /** The server keeps 63 bytes of a session's name, and much stands behind it. */
    LABEL(
            "1 to 24 letters, digits, '_' or '-'",
            matches(Pattern.compile("[A-Za-z0-9_-]{1,24}")),
            PieCloudDBOptions.LABEL_PREFIX),
    WAREHOUSE(
            "a statement with the warehouse's name as '<name>' or \"<name>\", with its quotes",
            OptionRange::quotesTheName,
            PieCloudDBOptions.PDB_WAREHOUSE_STATEMENT),
    COLUMNS(
            "names of columns with commas between",
            (String columns) -> Arrays.stream(columns.split(",", -1)).noneMatch(String::isBlank),
            PieCloudDBOptions.CREATE_DISTRIBUTED_BY),
    ERROR_ROWS(
            "a number of rows, such as 1000, or a percentage from 0.01% to 100%",
            matches(Pattern.compile("[1-9][0-9]{0,17}|(?!0+(\\.0+)?%)(100(\\.00?)?|[0-9]{1,2}(\\.[0-9]{1,2})?)%")),
            PieCloudDBOptions.ERROR_ROWS_MAX),
    /** Less would be full with every batch: a few of those, a COPY message and the bookkeeping. */
    MEMORY(
            "at least 1 mb",
            (MemorySize size) -> size.compareTo(MemorySize.ofMebiBytes(1)) >= 0,
            PieCloudDBOptions.BUFFER_MEMORY_SIZE),
    SOME(
            "at least 1",
            (Integer number) -> number >= 1,
            PieCloudDBOptions.SINK_PARALLELISM,
            PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE),
    ANY(
            "at least 0",
            (Number number) -> number.longValue() >= 0,
            PieCloudDBOptions.CONNECTION_MAX_RETRIES,
            PieCloudDBOptions.METRICS_MAX_TABLES,
            PieCloudDBOptions.BUFFER_FLUSH_MAX_ROWS),
    TIME_OR_NONE(
            "0 or at least 1 ms",
            (Duration time) -> time.isZero() || time.toMillis() >= 1,
            PieCloudDBOptions.BUFFER_FLUSH_INTERVAL,
            PieCloudDBOptions.COPY_MAX_DURATION,
            PieCloudDBOptions.RECOVERY_GRACE_PERIOD),
    TIME(
            "at least 1 ms",
            (Duration time) -> time.toMillis() >= 1,
            PieCloudDBOptions.CONNECTION_TIMEOUT,
            PieCloudDBOptions.STALL_TIMEOUT),
    SECONDS("at least 1 s", (Duration time) -> time.toMillis() >= 1000, PieCloudDBOptions.CONNECTION_POOL_IDLE_TIMEOUT),
    RETENTION(
            "0 or longer",
            (Duration time) -> !time.isNegative(),
            PieCloudDBOptions.STAGING_RETENTION,
            PieCloudDBOptions.LEDGER_RETENTION);

    private final String allowed;
    private final Predicate<Object> takes;
    private final List<ConfigOption<?>> options;

    /** @param allowed in words that follow "must be" */
    @SuppressWarnings("unchecked") // of the options' own type: SinkSettingsTest gives each of them a value
    <T> OptionRange(String allowed, Predicate<T> takes, ConfigOption<?>... options) {
        this.allowed = allowed;
        this.takes = (Predicate<Object>) takes;
        this.options = List.of(options);
    }

    /** What is wrong with a value, in words that follow the option's name. */
    static Optional<String> problem(ConfigOption<?> option, Object value) {
        return Arrays.stream(values())
                .filter(range -> range.options.contains(option) && !range.takes.test(value))
                .map(range -> "must be " + range.allowed)
                .findFirst();
    }

    /** As docs/options.md has it. */
    String line() {
        String keys = options.stream().map(option -> "`" + option.key() + "`").collect(Collectors.joining(", "));
        return "| " + keys + " | " + allowed + " |";
    }

    private static Predicate<String> matches(Pattern pattern) {
        return text -> pattern.matcher(text).matches();
    }

    private static boolean quotesTheName(String statement) {
        String rest = statement.replace("'<name>'", "").replace("\"<name>\"", "");
        return rest.length() < statement.length() && !rest.contains("<name>");
    }
}
