package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;

/**
 * What an option's value may be, by itself.
 *
 * <p>A secret is never told. What options need of each other is {@link OptionRule}'s.
 */
final class OptionValue {

    /**
     * Room for a few batches, a COPY message and the bookkeeping; below it the queue would be full with every batch.
     */
    private static final MemorySize LEAST_MEMORY = MemorySize.ofMebiBytes(1);

    /** What a server's setting can be named; anything else would have to be quoted in a statement. */
    private static final Pattern PROPERTY_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

    /** The server keeps 63 bytes of a session's name, and much stands behind it. */
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_-]{1,24}");

    /** A number of rows, or a percentage with two digits behind the point at most. */
    private static final Pattern MAX_ERROR_ROWS =
            Pattern.compile("[1-9][0-9]{0,17}|(?!0+(\\.0+)?%)(100(\\.00?)?|[0-9]{1,2}(\\.[0-9]{1,2})?)%");

    private OptionValue() {}

    /** What is wrong with a value of the right type. Any text is a password, so one is never told. */
    static Optional<String> rangeProblem(ConfigOption<?> option, Object value) {
        if (option == PieCloudDBOptions.PORT) {
            return unless((Integer) value >= 1 && (Integer) value <= 65535, "must be between 1 and 65535");
        }
        if (option == PieCloudDBOptions.LABEL_PREFIX) {
            return unless(LABEL.matcher((String) value).matches(), "must be 1 to 24 letters, digits, '_' or '-'");
        }
        if (value.equals("") && option != PieCloudDBOptions.PASSWORD && !PieCloudDBOptions.REQUIRED.contains(option)) {
            return Optional.of("must not be empty");
        }
        if (option == PieCloudDBOptions.ERROR_ROWS_MAX) {
            return unless(
                    MAX_ERROR_ROWS.matcher((String) value).matches(),
                    "must be a number of rows, such as 1000, or a percentage from 0.01% to 100%");
        }
        if (option == PieCloudDBOptions.CREATE_DISTRIBUTED_BY) {
            return unless(
                    Arrays.stream(((String) value).split(",", -1)).noneMatch(String::isBlank),
                    "must be names of columns with commas between");
        }
        if (option == PieCloudDBOptions.SINK_PARALLELISM || option == PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE) {
            return unless((Integer) value >= 1, "must be at least 1");
        }
        if (option == PieCloudDBOptions.CONNECTION_MAX_RETRIES || option == PieCloudDBOptions.METRICS_MAX_TABLES) {
            return unless((Integer) value >= 0, "must not be negative");
        }
        if (option == PieCloudDBOptions.BUFFER_FLUSH_MAX_ROWS) {
            return unless((Long) value >= 0, "must not be negative");
        }
        if (option == PieCloudDBOptions.BUFFER_MEMORY_SIZE) {
            return unless(((MemorySize) value).compareTo(LEAST_MEMORY) >= 0, "must be at least 1 mb");
        }
        if (option == PieCloudDBOptions.BUFFER_FLUSH_INTERVAL
                || option == PieCloudDBOptions.COPY_MAX_DURATION
                || option == PieCloudDBOptions.RECOVERY_GRACE_PERIOD) {
            Duration duration = (Duration) value;
            return unless(duration.isZero() || duration.toMillis() >= 1, "must be 0 or at least 1 ms");
        }
        if (option == PieCloudDBOptions.CONNECTION_TIMEOUT || option == PieCloudDBOptions.STALL_TIMEOUT) {
            return unless(((Duration) value).toMillis() >= 1, "must be at least 1 ms");
        }
        if (option == PieCloudDBOptions.STAGING_RETENTION || option == PieCloudDBOptions.LEDGER_RETENTION) {
            return unless(!((Duration) value).isNegative(), "must not be negative");
        }
        if (option == PieCloudDBOptions.CONNECTION_POOL_IDLE_TIMEOUT) {
            return unless(((Duration) value).toMillis() >= 1000, "must be at least 1 s");
        }
        if (option == PieCloudDBOptions.PDB_WAREHOUSE_STATEMENT) {
            String rest = ((String) value).replace("'<name>'", "").replace("\"<name>\"", "");
            return unless(
                    rest.length() < ((String) value).length() && !rest.contains("<name>"),
                    "must have the warehouse's name as '<name>' or \"<name>\", with its quotes");
        }
        return Optional.empty();
    }

    /** What is wrong with the names behind a prefix. The values may be anything, secrets too, and are not told. */
    static Optional<String> nameProblem(ConfigOption<?> prefix, Object entries) {
        List<String> bad = new ArrayList<>();
        for (Object name : entries == null ? Set.of() : ((Map<?, ?>) entries).keySet()) {
            if (!PROPERTY_NAME.matcher((String) name).matches()) {
                bad.add("'" + name + "'");
            }
        }
        return unless(
                bad.isEmpty(),
                "option '" + prefix.key() + "' takes names of letters, digits, '_' and '.', not "
                        + String.join(", ", bad));
    }

    private static Optional<String> unless(boolean good, String problem) {
        return good ? Optional.empty() : Optional.of(problem);
    }
}
