package com.pieclouddb.flink.sync.conf;

import com.pieclouddb.flink.internal.settings.NearestName;
import com.pieclouddb.flink.internal.settings.SourceName;
import java.io.Serializable;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.TimeUtils;

/**
 * The settings of the source after every check that needs no server: an instance holds only known names and good
 * values.
 *
 * <p>All mistakes are told at once, by the names of {@link MySqlOption}. The password is in no message, and neither is
 * any other value of {@code jdbc.properties} and {@code debezium}, which may hold one.
 */
@Internal
public final class MySqlConf implements Serializable {

    private static final long serialVersionUID = 1L;

    /** How values and tables must be told, so that the sink reads them as they are: docs/types.md. */
    private static final Map<String, String> EXACT = Map.of(
            // With it, which is the default, years below 100 become years of this century and the last.
            "enable.time.adjuster",
            "false",
            "decimal.handling.mode",
            "precise",
            "bigint.unsigned.handling.mode",
            "precise",
            "time.precision.mode",
            "adaptive_time_microseconds",
            "binary.handling.mode",
            "bytes",
            // What a table is that the stream does not define.
            "column.propagate.source.type",
            ".*",
            // A record that is left out is a row that is lost.
            "event.processing.failure.handling.mode",
            "fail",
            "inconsistent.schema.handling.mode",
            "fail");

    /** What would leave out or change records, or take the tables' selection out of the command's hands. */
    private static final List<String> REFUSED = List.of(
            "converters",
            "skipped.operations",
            "column.exclude.list",
            "column.include.list",
            "table.include.list",
            "table.exclude.list",
            "database.include.list",
            "database.exclude.list",
            "include.schema.changes",
            "tombstones.on.delete",
            "transforms",
            "message.key.columns",
            "sanitize.field.names",
            // With it, events reach the readers in another order than that of the log.
            "binlog.buffer.size",
            // Transactions of other servers would be left out, or taken for read.
            "gtid.new.channel.position",
            "event.deserialization.failure.handling.mode");

    /** The same for all names that begin so. */
    private static final List<String> REFUSED_PREFIXES = List.of(
            "transforms.",
            "gtid.source.",
            "database.history",
            "schema.history",
            "snapshot.",
            // They tell other values than the source has.
            "column.mask.",
            "column.truncate.");

    private final EnumMap<MySqlOption, String> values = new EnumMap<>(MySqlOption.class);
    private final Properties jdbc = new Properties();
    private final Properties debezium = new Properties();
    private final LinkedHashMap<SourceName, String> chunkKeys = new LinkedHashMap<>();
    private final ArrayList<String> problems = new ArrayList<>();

    private MySqlConf() {}

    public static MySqlConf of(Map<String, String> given) {
        MySqlConf conf = new MySqlConf();
        given.forEach(conf::accept);
        EXACT.forEach(conf.debezium::setProperty);
        conf.check();
        if (!conf.problems.isEmpty()) {
            throw new ValidationException(
                    "The settings of --mysql-conf are not valid:\n  " + String.join("\n  ", conf.problems));
        }
        return conf;
    }

    /** Whether rows are read that are there already, before the log. */
    public boolean readsSnapshot() {
        return text(MySqlOption.STARTUP_MODE).equals(MySqlOption.STARTUP_MODE.defaultText());
    }

    /** A value as text; empty where none was given and there is no default. */
    public Optional<String> find(MySqlOption option) {
        return Optional.ofNullable(values.get(option));
    }

    /** A value that was given, or the table's default. */
    public String text(MySqlOption option) {
        return values.getOrDefault(option, option.defaultText());
    }

    public int number(MySqlOption option) {
        return Integer.parseInt(text(option));
    }

    public Duration duration(MySqlOption option) {
        return TimeUtils.parseDuration(text(option));
    }

    public Properties jdbc() {
        return jdbc;
    }

    /** With those that make values exact. */
    public Properties debezium() {
        return debezium;
    }

    public Map<SourceName, String> chunkKeys() {
        return chunkKeys;
    }

    private void accept(String name, String value) {
        Optional<MySqlOption> found = MySqlOption.of(name);
        if (found.isEmpty()) {
            problems.add("unknown setting '" + name + "'"
                    + NearestName.of(name, MySqlOption.keys())
                            .map(key -> ", did you mean '" + key + "'?")
                            .orElse("; known are " + String.join(", ", MySqlOption.keys())));
            return;
        }
        MySqlOption option = found.get();
        if (option == MySqlOption.JDBC_PROPERTIES) {
            jdbc.setProperty(name.substring(option.prefix().length()), value);
        } else if (option == MySqlOption.DEBEZIUM) {
            takeDebezium(name, name.substring(option.prefix().length()), value);
        } else {
            values.put(option, value);
        }
    }

    private void takeDebezium(String name, String property, String value) {
        String exact = EXACT.get(property);
        if (exact != null && !exact.equals(value)) {
            problems.add(
                    "'" + name + "' must be '" + exact + "', which it is unless set: the sink reads values that way");
        } else if (REFUSED.contains(property) || REFUSED_PREFIXES.stream().anyMatch(property::startsWith)) {
            problems.add("'" + name + "' cannot be set: it would change or leave out what the sink must see");
        } else {
            debezium.setProperty(property, value);
        }
    }

    private void check() {
        for (MySqlOption option : MySqlOption.values()) {
            if (option.defaultText() == null && text(option) == null) {
                problems.add("missing setting '" + option.key() + "'");
            } else if (option.defaultText() == null && text(option).isEmpty()) {
                problems.add("'" + option.key() + "' must not be empty");
            }
        }
        checkNumber(MySqlOption.PORT, 1, 65535);
        // One row cannot be cut.
        checkNumber(MySqlOption.CHUNK_SIZE, 2, Integer.MAX_VALUE);
        checkNumber(MySqlOption.FETCH_SIZE, 1, Integer.MAX_VALUE);
        checkDuration(MySqlOption.CONNECT_TIMEOUT);
        checkDuration(MySqlOption.HEARTBEAT_INTERVAL);
        checkDuration(MySqlOption.CHECK_INTERVAL);
        find(MySqlOption.OTHER_SERVER)
                .filter(text -> !text.matches("refuse|accept"))
                .ifPresent(text -> problems.add(
                        "'" + MySqlOption.OTHER_SERVER.key() + "' is refuse or accept, not '" + text + "'"));
        find(MySqlOption.DATABASE_NAME).ifPresent(this::checkPattern);
        find(MySqlOption.SERVER_ID)
                .filter(id -> !id.matches("[1-9][0-9]{0,9}(-[1-9][0-9]{0,9})?"))
                .ifPresent(
                        id -> problems.add("'server-id' is a number or a range such as 5400-5408, not '" + id + "'"));
        find(MySqlOption.SERVER_TIME_ZONE).ifPresent(this::checkZone);
        find(MySqlOption.CHUNK_KEY).ifPresent(this::acceptChunkKeys);
        StartupPoint.problem(this::find).ifPresent(problems::add);
    }

    private void checkNumber(MySqlOption option, int least, int most) {
        try {
            int number = number(option);
            if (number < least || number > most) {
                problems.add("'" + option.key() + "' must be between " + least + " and " + most + ", but is " + number);
            }
        } catch (NumberFormatException e) {
            problems.add("'" + option.key() + "' must be a whole number, but is '" + text(option) + "'");
        }
    }

    private void checkDuration(MySqlOption option) {
        try {
            if (duration(option).isZero()) {
                problems.add("'" + option.key() + "' must not be zero");
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            problems.add("'" + option.key() + "' must be a time such as 30s, but is '" + text(option) + "'");
        }
    }

    private void checkPattern(String pattern) {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            problems.add(
                    "'database-name' is no regular expression: " + e.getDescription() + " near index " + e.getIndex());
        }
    }

    private void checkZone(String zone) {
        try {
            ZoneId.of(zone);
        } catch (java.time.DateTimeException e) {
            problems.add(
                    "'server-time-zone' is no time zone: '" + zone + "'; write for example Asia/Shanghai or +08:00");
        }
    }

    /** {@code db.table:column;…}; a database's name ends at the first dot, a table's at the last colon. */
    private void acceptChunkKeys(String text) {
        for (String part : text.split(";")) {
            int dot = part.indexOf('.');
            int colon = part.lastIndexOf(':');
            if (dot < 1 || colon < dot + 2 || colon == part.length() - 1) {
                problems.add("'" + MySqlOption.CHUNK_KEY.key()
                        + "' takes db.table:column, more behind semicolons, not '" + part + "'");
            } else {
                chunkKeys.put(
                        new SourceName(part.substring(0, dot).trim(), part.substring(dot + 1, colon)),
                        part.substring(colon + 1).trim());
            }
        }
    }
}
