package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A definition that Flink CDC misunderstood is made anew from the server's, and the job goes on with the right values.
 */
@Tag("mysql-cdc")
class RepairedDefinitionIT {

    private static MariaDb source;
    private static Postgres target;

    private final FollowedDatabase followed = new FollowedDatabase(source, target);

    @BeforeAll
    static void start() throws IOException {
        source = MariaDb.start();
        target = SyncCommand.startTarget();
    }

    @AfterAll
    static void stop() throws IOException {
        source.close();
        target.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Understood wrongly: columns that moved, of another type, one that takes NULL, another charset.
                "ALTER TABLE t ADD COLUMN IF NOT EXISTS b INT FIRST",
                "ALTER TABLE t ADD IF NOT EXISTS b VARCHAR(20)",
                "ALTER TABLE t ADD COLUMN (x INT NOT NULL DEFAULT 7, y INT)",
                "ALTER TABLE t ADD x INT /*! FIRST */",
                "CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, b INT, a VARCHAR(10), c INT)",
                "ALTER TABLE t CONVERT TO CHARACTER SET latin1",
                // Not understood at all.
                "ALTER TABLE IF EXISTS t ADD x INT FIRST",
                "SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE t DROP c",
                // What types do not show.
                "ALTER TABLE t CHANGE b c INT, CHANGE c b INT",
                "ALTER TABLE t RENAME COLUMN b TO c, RENAME COLUMN c TO b",
                "ALTER TABLE IF EXISTS t MODIFY b INT AFTER c",
            })
    void goesOnWithTheServersDefinition(String change) throws Exception {
        Job job = followed.started("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b INT, c INT)");
        followed.execute(
                "INSERT INTO t (id, a, b) VALUES (3, 'é', 33)",
                change,
                "INSERT INTO t (id, a, b) VALUES (4, 'é', 44)",
                "UPDATE t SET b = 55 WHERE id = 3");
        followed.awaitSame(job, "id, a, b", change.startsWith("CREATE") ? "id = 4" : "id > 2");
        job.cancel(Job.DEADLINE);
    }

    /** Words that Flink CDC takes for other types than the server, where the server's answer is not of that moment. */
    @Test
    void readsTypesByWhatTheServerMeans() throws Exception {
        Job job = followed.started("CREATE TABLE t (id INT PRIMARY KEY, a INT)");
        target.execute("DROP TABLE IF EXISTS public.n");
        followed.execute(
                "CREATE TABLE n (id INT PRIMARY KEY, b BOOLEAN, j JSON, u INTEGER UNSIGNED, z INT ZEROFILL)",
                "INSERT INTO n VALUES (1, 5, '\n{\"b\":2,\"c\":3}', 4294967295, 4294967294), (2, -1, NULL, 0, 1)",
                "ALTER TABLE n ADD x INT",
                "INSERT INTO n (id, b, j) VALUES (3, 0, '[1]')",
                "ALTER TABLE n DROP x");
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(target.query("SELECT id, b::text, j::text, u, z FROM public.n ORDER BY id"))
                                .containsExactly(
                                        "1|5|{\"b\": 2, \"c\": 3}|4294967295|4294967294",
                                        "2|-1|null|0|1",
                                        "3|0|[1]|null|null"));
        job.cancel(Job.DEADLINE);
    }

    /** Rows between two statements: what the server has now says nothing of them, so that only what fits is read. */
    @Test
    void stopsWhereTheServersDefinitionIsOfLater() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before(source.port())) {
            Job job = followed.through(proxy.port())
                    .started("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b INT, c INT)");
            // The reader hears of the first statement when the last one has been carried out.
            proxy.stall();
            followed.execute(
                    "INSERT INTO t (id, b) VALUES (3, 33)",
                    "ALTER TABLE t RENAME COLUMN IF EXISTS b TO d, RENAME COLUMN c TO b",
                    "INSERT INTO t (id, b) VALUES (4, 44)",
                    "ALTER TABLE t ADD e INT",
                    "INSERT INTO t (id, b) VALUES (5, 55)");
            proxy.resume();
            assertThat(FollowedDatabase.failure(job))
                    .contains(
                            "rows of table '" + followed.name() + ".t' cannot be read:",
                            "it does not become the server's");
        }
        assertThat(followed.ids()).containsExactly("1", "2", "3");
    }

    /** As docs/sync-job.md says: the last checkpoint, the table left out; other tables lose nothing. */
    @Test
    void aStopIsGoneOnFromWithoutTheTable(@TempDir Path folder) throws Exception {
        target.execute("DROP TABLE IF EXISTS public.t, public.other");
        source.execute("CREATE DATABASE " + followed.name());
        followed.execute(
                "CREATE TABLE t (id INT PRIMARY KEY)",
                "CREATE TABLE other (id INT PRIMARY KEY)",
                "INSERT INTO t VALUES (1)");
        CheckpointFolder checkpoints = new CheckpointFolder(folder);
        Job job = followed.attached(checkpoints.retainedBy(Job.withCheckpoints(Duration.ofMillis(300))));
        followed.awaitIds("1");
        followed.execute("INSERT INTO t VALUES (2)");
        followed.awaitIds("1", "2");
        followed.execute(
                "INSERT INTO other VALUES (1)",
                "ALTER TABLE t ADD u UUID FIRST",
                "INSERT INTO t (id) VALUES (3)",
                "INSERT INTO other VALUES (2)");
        assertThat(FollowedDatabase.failure(job)).contains("rows of table '" + followed.name() + ".t' cannot be read");
        Job next = followed.attached(
                checkpoints
                        .retainedBy(Job.withCheckpoints(Duration.ofMillis(300)))
                        .from(checkpoints.newest()),
                "--excluding-tables",
                "t");
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(target.query("SELECT id FROM public.other ORDER BY id"))
                        .containsExactly("1", "2"));
        assertThat(followed.ids()).containsExactly("1", "2");
        next.cancel(Job.DEADLINE);
    }

    @Test
    void readsATableThatGotItsNameByAStatementThatIsNotUnderstood() throws Exception {
        Job job = followed.started();
        followed.execute(
                "RENAME TABLE IF EXISTS t TO old",
                "CREATE TABLE t LIKE old",
                "INSERT INTO t SELECT * FROM old",
                "INSERT INTO t VALUES (4, 'x', 1)");
        followed.awaitSame(job, "id, a, b", "true");
        job.cancel(Job.DEADLINE);
    }
}
