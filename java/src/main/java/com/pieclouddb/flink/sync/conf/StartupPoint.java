package com.pieclouddb.flink.sync.conf;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;

/**
 * Where the source begins, in the words of {@code scan.startup.mode} that both lines of Flink CDC know.
 *
 * <p>It makes CDC's own object by reflection, since the class has a name for each line.
 */
@Internal
public final class StartupPoint {

    private static final Map<String, Make> MODES = new TreeMap<>(Map.of(
            "initial", (type, conf) -> type.getMethod("initial").invoke(null),
            "earliest-offset", (type, conf) -> type.getMethod("earliest").invoke(null),
            "latest-offset", (type, conf) -> type.getMethod("latest").invoke(null),
            "specific-offset", StartupPoint::specific,
            "timestamp",
                    (type, conf) -> type.getMethod("timestamp", long.class)
                            .invoke(null, Long.parseLong(conf.text(MySqlOption.STARTUP_TIMESTAMP)))));

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
    static Optional<String> problem(MySqlConf conf) {
        String mode = conf.text(MySqlOption.STARTUP_MODE);
        if (!MODES.containsKey(mode)) {
            return Optional.of(
                    "'scan.startup.mode' is one of " + String.join(", ", MODES.keySet()) + ", not '" + mode + "'");
        }
        if (mode.equals("timestamp") && !isNumber(conf, MySqlOption.STARTUP_TIMESTAMP)) {
            return Optional.of("'scan.startup.mode' = 'timestamp' needs 'scan.startup.timestamp-millis', a number");
        }
        boolean file = conf.find(MySqlOption.STARTUP_FILE).isPresent();
        boolean place = conf.find(MySqlOption.STARTUP_POSITION).isPresent();
        boolean fits = conf.find(MySqlOption.STARTUP_GTIDS).isPresent()
                ? !file && !place
                : file && isNumber(conf, MySqlOption.STARTUP_POSITION);
        if (mode.equals("specific-offset") && !fits) {
            return Optional.of(
                    "'scan.startup.mode' = 'specific-offset' needs either 'scan.startup.specific-offset.file' and"
                        + " 'scan.startup.specific-offset.pos', a number, or 'scan.startup.specific-offset.gtid-set'");
        }
        return OF_ONE_MODE.entrySet().stream()
                .filter(entry -> conf.find(entry.getKey()).isPresent()
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
    public static Object of(Class<?> type, MySqlConf conf) throws ReflectiveOperationException {
        return MODES.get(conf.text(MySqlOption.STARTUP_MODE)).of(type, conf);
    }

    private static Object specific(Class<?> type, MySqlConf conf) throws ReflectiveOperationException {
        Optional<String> gtids = conf.find(MySqlOption.STARTUP_GTIDS);
        if (gtids.isPresent()) {
            return type.getMethod("specificOffset", String.class).invoke(null, gtids.get());
        }
        return type.getMethod("specificOffset", String.class, long.class)
                .invoke(
                        null,
                        conf.text(MySqlOption.STARTUP_FILE),
                        Long.parseLong(conf.text(MySqlOption.STARTUP_POSITION)));
    }

    private static boolean isNumber(MySqlConf conf, MySqlOption option) {
        return conf.find(option).filter(text -> text.matches("[0-9]{1,18}")).isPresent();
    }

    @FunctionalInterface
    private interface Make {
        public Object of(Class<?> type, MySqlConf conf) throws ReflectiveOperationException;
    }
}
