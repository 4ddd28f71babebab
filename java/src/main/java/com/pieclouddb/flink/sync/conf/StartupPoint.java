package com.pieclouddb.flink.sync.conf;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.flink.annotation.Internal;

/**
 * Where the source begins, in the words of {@code scan.startup.mode} that both lines of Flink CDC know.
 *
 * <p>It makes CDC's own object by reflection, since the class has a name for each line.
 */
@Internal
public final class StartupPoint {

    private static final Map<String, Make> MODES = new TreeMap<>(Map.of(
            "initial", (type, given) -> type.getMethod("initial").invoke(null),
            "earliest-offset", (type, given) -> type.getMethod("earliest").invoke(null),
            "latest-offset", (type, given) -> type.getMethod("latest").invoke(null),
            "specific-offset", StartupPoint::specific,
            "timestamp",
                    (type, given) -> type.getMethod("timestamp", long.class)
                            .invoke(null, Long.parseLong(text(given, MySqlOption.STARTUP_TIMESTAMP)))));

    /** Settings that do nothing in another mode: the job would begin at another place than was meant, in silence. */
    private static final Map<MySqlOption, String> OF_ONE_MODE = new TreeMap<>(Map.of(
            MySqlOption.STARTUP_FILE, "specific-offset",
            MySqlOption.STARTUP_POSITION, "specific-offset",
            MySqlOption.STARTUP_GTIDS, "specific-offset",
            MySqlOption.STARTUP_TIMESTAMP, "timestamp",
            MySqlOption.CHUNK_SIZE, "initial",
            MySqlOption.FETCH_SIZE, "initial"));

    private StartupPoint() {}

    /** What is wrong with the settings of the start. */
    static Optional<String> problem(Function<MySqlOption, Optional<String>> given) {
        String mode = text(given, MySqlOption.STARTUP_MODE);
        if (!MODES.containsKey(mode)) {
            return Optional.of(
                    "'scan.startup.mode' is one of " + String.join(", ", MODES.keySet()) + ", not '" + mode + "'");
        }
        if (mode.equals("timestamp") && !isNumber(given, MySqlOption.STARTUP_TIMESTAMP)) {
            return Optional.of("'scan.startup.mode' = 'timestamp' needs 'scan.startup.timestamp-millis', a number");
        }
        boolean file = given.apply(MySqlOption.STARTUP_FILE).isPresent();
        boolean place = given.apply(MySqlOption.STARTUP_POSITION).isPresent();
        boolean fits = given.apply(MySqlOption.STARTUP_GTIDS).isPresent()
                ? !file && !place
                : file && isNumber(given, MySqlOption.STARTUP_POSITION);
        if (mode.equals("specific-offset") && !fits) {
            return Optional.of(
                    "'scan.startup.mode' = 'specific-offset' needs either 'scan.startup.specific-offset.file' and"
                        + " 'scan.startup.specific-offset.pos', a number, or 'scan.startup.specific-offset.gtid-set'");
        }
        return OF_ONE_MODE.entrySet().stream()
                .filter(entry -> given.apply(entry.getKey()).isPresent()
                        && !entry.getValue().equals(mode))
                .map(entry -> "'" + entry.getKey().key() + "' needs 'scan.startup.mode' = '" + entry.getValue()
                        + "', which is '" + mode + "': set that, or leave it out")
                .reduce((one, other) -> one + "\n  " + other);
    }

    /**
     * CDC's object.
     *
     * @param type its class {@code StartupOptions}
     */
    public static Object of(Class<?> type, Function<MySqlOption, Optional<String>> given)
            throws ReflectiveOperationException {
        return MODES.get(text(given, MySqlOption.STARTUP_MODE)).of(type, given);
    }

    private static Object specific(Class<?> type, Function<MySqlOption, Optional<String>> given)
            throws ReflectiveOperationException {
        Optional<String> gtids = given.apply(MySqlOption.STARTUP_GTIDS);
        if (gtids.isPresent()) {
            return type.getMethod("specificOffset", String.class).invoke(null, gtids.get());
        }
        return type.getMethod("specificOffset", String.class, long.class)
                .invoke(
                        null,
                        text(given, MySqlOption.STARTUP_FILE),
                        Long.parseLong(text(given, MySqlOption.STARTUP_POSITION)));
    }

    /** What was given, or the default. */
    private static String text(Function<MySqlOption, Optional<String>> given, MySqlOption option) {
        return given.apply(option).orElse(option.defaultText());
    }

    private static boolean isNumber(Function<MySqlOption, Optional<String>> given, MySqlOption option) {
        return given.apply(option).filter(text -> text.matches("[0-9]{1,18}")).isPresent();
    }

    @FunctionalInterface
    private interface Make {
        public Object of(Class<?> type, Function<MySqlOption, Optional<String>> given)
                throws ReflectiveOperationException;
    }
}
