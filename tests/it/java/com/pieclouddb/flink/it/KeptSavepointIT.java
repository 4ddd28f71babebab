package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.junit.jupiter.api.Test;

/**
 * The state of a connector whose classes had other names is restored: what it had staged is published, its routers know
 * the tables that they were told of, and all ends exact.
 */
class KeptSavepointIT {

    private static final Path KEPT =
            Paths.get("tests/fixtures/savepoint-before-renames").toAbsolutePath();

    @Test
    void aSavepointFromBeforeTheRenamesEndsExact() throws Exception {
        assumeThat(EnvironmentInformation.getVersion())
                .as("Flink 2 takes 1.18's committables for incomplete, see docs/flink-versions.md")
                .startsWith("1.");
        try (Postgres server = Postgres.start()) {
            server.execute(Files.readString(KEPT.resolve("server.sql")));
            long staged = 0;
            for (String table : server.query("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE "
                    + "schemaname = 'pieclouddb_flink' AND tablename LIKE 'stage%'")) {
                staged += server.count("SELECT count(*) FROM " + table);
            }
            assertThat(staged).as("rows that wait for a commit").isPositive();
            Job job = Job.withCheckpoints(Duration.ofMillis(200))
                    .from(KEPT.toUri().toString());
            job.start(KeptJob.in(job.environment(KeptJob.PARALLELISM), server, 0))
                    .finish();
            assertThat(server.query(KeptJob.select())).containsExactlyInAnyOrderElementsOf(KeptJob.expected());
        }
    }
}
