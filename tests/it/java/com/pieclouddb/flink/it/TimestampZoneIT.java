package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The hour that a zone with summer time has twice: TIMESTAMP is told as the instant that it is, in the snapshot and in
 * the log.
 */
@Tag("mysql-cdc")
class TimestampZoneIT {

    /** The clock goes back at 01:00 UTC. */
    private static final List<String> INSTANTS =
            List.of("1729985400", "1729989000", "1729990799", "1729990800", "1729992600", "1729996200");

    @Test
    void bothHoursOfTheNightInOctober() throws Exception {
        try (MariaDb source = MariaDb.start();
                Postgres target = SyncCommand.startTarget()) {
            source.asRoot("INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (99, 'N');INSERT INTO"
                    + " mysql.time_zone_name VALUES ('Europe/Berlin', 99);INSERT INTO mysql.time_zone_transition_type"
                    + " VALUES (99, 0, 3600, 0, 'CET'), (99, 1, 7200, 1, 'CEST');INSERT INTO mysql.time_zone_transition"
                    + " VALUES (99, 0, 0), (99, 1711846800, 1), (99, 1729990800, 0);SET GLOBAL time_zone ="
                    + " 'Europe/Berlin'");
            assertThat(source.query("SELECT count(DISTINCT FROM_UNIXTIME(t)) FROM (SELECT 1729989000 AS t UNION SELECT"
                            + " 1729992600) AS two"))
                    .as("the server has the hour twice")
                    .containsExactly("1");
            source.execute(
                    "CREATE DATABASE zoned",
                    "CREATE TABLE zoned.t (id INT PRIMARY KEY, ts TIMESTAMP NULL, ts6 TIMESTAMP(6) NULL, dt"
                            + " DATETIME(3))");
            insert(source, 0);
            Job job = Job.withCheckpoints(Duration.ofMillis(300));
            try (LogCapture log = LogCapture.open()) {
                SyncCommand.of(source, target, "zoned")
                        .source("jdbc.properties.sessionVariables=sql_mode=''", "server-time-zone=Europe/Berlin")
                        .sink("schema-name={database}")
                        .submit(job, 1);
                assertThat(log.lines())
                        .anyMatch(line -> line.startsWith("INFO")
                                && line.contains("'server-time-zone' is not used: TIMESTAMP is read in UTC"));
            }
            awaitEqual(source, target, INSTANTS.size());
            insert(source, 100);
            awaitEqual(source, target, 2 * INSTANTS.size());
            job.cancel(Job.DEADLINE);
        }
    }

    private static void insert(MariaDb source, int from) throws Exception {
        source.inOneSession(session -> {
            session.execute("SET time_zone = '+00:00'");
            for (int i = 0; i < INSTANTS.size(); i++) {
                session.execute("INSERT INTO zoned.t VALUES (" + (from + i) + ", FROM_UNIXTIME(" + INSTANTS.get(i)
                        + "), FROM_UNIXTIME(" + INSTANTS.get(i) + ".25), '2024-10-27 02:30:00.125')");
            }
        });
    }

    private static void awaitEqual(MariaDb source, Postgres target, int rows) throws Exception {
        List<String> expected =
                source.query("SELECT id, CAST(UNIX_TIMESTAMP(ts) AS SIGNED), CAST(UNIX_TIMESTAMP(ts6) * 4 AS SIGNED),"
                        + " CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', dt) DIV 1000 AS SIGNED) FROM zoned.t ORDER BY"
                        + " id");
        assertThat(expected).hasSize(rows);
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(
                                target.query("SELECT id, extract(epoch FROM ts)::bigint, (extract(epoch FROM ts6) *"
                                        + " 4)::bigint, (extract(epoch FROM dt AT TIME ZONE 'UTC') * 1000)::bigint"
                                        + " FROM zoned.t ORDER BY id"))
                        .isEqualTo(expected));
    }
}
