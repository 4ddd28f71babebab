package com.pieclouddb.flink.sync;

import org.apache.flink.table.api.ValidationException;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The time zone of the source's server, by which Flink CDC reads TIMESTAMP in the snapshot.
 *
 * <p>Promises a zone that has the server's offset in winter and in summer, or an error: an offset of today is an hour wrong
 * for half of the rows where clocks change.
 */
final class SourceZone {

    /** In 2024, when every zone of today had the rules that it has. */
    private static final long WINTER = 1_705_276_800L;

    private static final long SUMMER = 1_721_001_600L;

    private SourceZone() {}

    /** The zone that was set, or the server's answer. */
    static String of(MySqlConf conf, SourceServer server) {
        Optional<String> given = conf.find(MySqlOption.SERVER_TIME_ZONE);
        if (given.isPresent()) {
            return given.get();
        }
        String[] found = new String[1];
        server.ask("SELECT @@global.time_zone, @@global.system_time_zone, " + offset(WINTER) + ", " + offset(SUMMER),
                row -> found[0] = zone(row.getString(1), row.getString(2), row.getInt(3), row.getInt(4)));
        return found[0];
    }

    /** Seconds that the session's clock is ahead of UTC at an instant. */
    private static String offset(long instant) {
        return "TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', FROM_UNIXTIME(" + instant + ")) - " + instant;
    }

    /** What the server's words mean, held against its clock. */
    static String zone(String session, String system, int winter, int summer) {
        String name = session.equals("SYSTEM") ? system : session;
        if (hasOffsets(name, winter, summer)) {
            return name;
        }
        if (winter == summer) {
            return ZoneOffset.ofTotalSeconds(winter).getId().replace("Z", "UTC");
        }
        throw new ValidationException("The source's time zone is '" + name + "', which does not say by which rules its clock "
                + "changes: name it by --mysql-conf " + MySqlOption.SERVER_TIME_ZONE.key() + "=…, for example Europe/Berlin");
    }

    private static boolean hasOffsets(String name, int winter, int summer) {
        try {
            ZoneId zone = ZoneId.of(name);
            return offset(zone, WINTER) == winter && offset(zone, SUMMER) == summer;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static int offset(ZoneId zone, long instant) {
        return zone.getRules().getOffset(Instant.ofEpochSecond(instant)).getTotalSeconds();
    }
}
