package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a job that has ended must not leave behind, on the server or in this process. Temporary tables are the server's
 * to drop: those of sessions that died with it stay for a while.
 */
final class Leftovers {

    private static final String OWN_SESSIONS =
            "SELECT 'session ' || application_name || ' ' || state FROM pg_stat_activity "
                    + "WHERE application_name LIKE 'pieclouddb-flink-%'";

    private static final String TRANSACTIONS =
            "SELECT 'transaction of ' || application_name || ' ' || query FROM pg_stat_activity "
                    + "WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND client_addr IS NOT NULL";

    private static final String PREPARED = "SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts";

    /** Exactly-once's tables, and whether they are marked as those of an attempt that is gone, for the retention. */
    private static final String STAGING =
            "SELECT oid::regclass, coalesce(obj_description(oid, 'pg_class'), '') LIKE 'pieclouddb-flink: nobody%' "
                    + "FROM pg_class WHERE relnamespace = to_regnamespace('pieclouddb_flink') AND relkind = 'r' "
                    + "AND relname LIKE 'stage\\_%'";

    /** What one writer may have: each epoch that can be outstanding, and the one that is written. */
    private static final int STAGING_TABLES_PER_WRITER = 4;

    private Leftovers() {}

    /** Returns when nothing is left, and fails with a list of what is when it still is at the deadline. */
    static void awaitNone(Postgres server, Duration deadline) {
        await().atMost(deadline)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(found(server)).as("left behind").isEmpty());
    }

    private static List<String> staging(Postgres server) throws SQLException {
        List<String> found = new ArrayList<>();
        int living = 0;
        for (String table : server.query(STAGING)) {
            String[] nameAndMark = table.split("\\|");
            if (nameAndMark[1].equals("f")) {
                living++;
                long rows = server.count("SELECT count(*) FROM " + nameAndMark[0]);
                if (rows > 0) {
                    found.add(rows + " staged rows in " + nameAndMark[0]);
                }
            }
        }
        if (living > STAGING_TABLES_PER_WRITER * CrashJob.PARALLELISM) {
            found.add(living + " staging tables");
        }
        return found;
    }

    private static List<String> found(Postgres server) throws SQLException, IOException {
        List<String> found = new ArrayList<>();
        for (String query : List.of(OWN_SESSIONS, TRANSACTIONS, PREPARED)) {
            found.addAll(server.query(query));
        }
        found.addAll(staging(server));
        NativeThreads.names().forEach(name -> found.add("thread " + name));
        try (Stream<Path> files = Files.list(Paths.get(System.getProperty("java.io.tmpdir")))) {
            files.filter(file -> file.getFileName().toString().contains("pieclouddb"))
                    .forEach(file -> found.add("temporary file " + file));
        }
        Failpoints.armed().forEach(name -> found.add("armed failpoint " + name));
        return found;
    }
}
