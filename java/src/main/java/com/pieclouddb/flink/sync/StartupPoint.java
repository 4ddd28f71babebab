package com.pieclouddb.flink.sync;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the source begins, in the words of {@code scan.startup.mode} that both lines of Flink CDC know.
 *
 * <p>It makes CDC's own object by reflection, since the class has a name for each line.
 */
final class StartupPoint {

    private static final Map<String, Make> MODES = new TreeMap<>(Map.of(
            "initial", (type, conf) -> type.getMethod("initial").invoke(null),
            "earliest-offset", (type, conf) -> type.getMethod("earliest").invoke(null),
            "latest-offset", (type, conf) -> type.getMethod("latest").invoke(null),
            "specific-offset", StartupPoint::specific,
            "timestamp", (type, conf) -> type.getMethod("timestamp", long.class)
                    .invoke(null, Long.parseLong(conf.text(MySqlOption.STARTUP_TIMESTAMP)))));

    private StartupPoint() {}

    /** What is wrong with the settings of the start. */
    static Optional<String> problem(MySqlConf conf) {
        String mode = conf.text(MySqlOption.STARTUP_MODE);
        if (!MODES.containsKey(mode)) {
            return Optional.of("'scan.startup.mode' is one of " + String.join(", ", MODES.keySet()) + ", not '" + mode + "'");
        }
        if (mode.equals("timestamp") && !isNumber(conf, MySqlOption.STARTUP_TIMESTAMP)) {
            return Optional.of("'scan.startup.mode' = 'timestamp' needs 'scan.startup.timestamp-millis', a number");
        }
        boolean byFile = conf.find(MySqlOption.STARTUP_FILE).isPresent() && isNumber(conf, MySqlOption.STARTUP_POSITION);
        if (mode.equals("specific-offset") && byFile == conf.find(MySqlOption.STARTUP_GTIDS).isPresent()) {
            return Optional.of("'scan.startup.mode' = 'specific-offset' needs either 'scan.startup.specific-offset.file' and "
                    + "'scan.startup.specific-offset.pos', a number, or 'scan.startup.specific-offset.gtid-set'");
        }
        return Optional.empty();
    }

    /**
     * CDC's object.
     *
     * @param type its class {@code StartupOptions}
     */
    static Object of(Class<?> type, MySqlConf conf) throws ReflectiveOperationException {
        return MODES.get(conf.text(MySqlOption.STARTUP_MODE)).of(type, conf);
    }

    private static Object specific(Class<?> type, MySqlConf conf) throws ReflectiveOperationException {
        Optional<String> gtids = conf.find(MySqlOption.STARTUP_GTIDS);
        if (gtids.isPresent()) {
            return type.getMethod("specificOffset", String.class).invoke(null, gtids.get());
        }
        return type.getMethod("specificOffset", String.class, long.class).invoke(null,
                conf.text(MySqlOption.STARTUP_FILE), Long.parseLong(conf.text(MySqlOption.STARTUP_POSITION)));
    }

    private static boolean isNumber(MySqlConf conf, MySqlOption option) {
        return conf.find(option).filter(text -> text.matches("[0-9]{1,18}")).isPresent();
    }

    @FunctionalInterface
    private interface Make {
        Object of(Class<?> type, MySqlConf conf) throws ReflectiveOperationException;
    }
}
