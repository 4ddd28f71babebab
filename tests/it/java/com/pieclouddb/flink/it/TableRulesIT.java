package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What keeps a table from being loaded: one that is there, and one that is created later. */
@Tag("mysql-cdc")
@EachOnOneLine
class TableRulesIT {

    private static final String LONG = "c".repeat(62) + "é";

    private static MariaDb source;
    private static Postgres target;

    @TempDir
    private Path folder;

    private Job job;

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

    @BeforeEach
    void fill() throws SQLException {
        target.execute("DROP SCHEMA IF EXISTS kept CASCADE");
        source.execute(
                "DROP DATABASE IF EXISTS kept",
                "CREATE DATABASE kept CHARACTER SET utf8mb4",
                "CREATE TABLE kept.t (id INT PRIMARY KEY)",
                "INSERT INTO kept.t VALUES (1)");
    }

    @AfterEach
    void endJob() throws Exception {
        if (job != null && !job.hasEnded()) {
            job.cancel(Job.DEADLINE);
        }
    }

    /** One of each kind, with a row. */
    private static void createAll() throws SQLException {
        source.execute(
                "USE kept",
                "CREATE TABLE typed (id UUID PRIMARY KEY)",
                "INSERT INTO typed VALUES (uuid())",
                "CREATE TABLE hidden (id INT PRIMARY KEY, a INT INVISIBLE DEFAULT 7, b INT)",
                "INSERT INTO hidden (id, b) VALUES (1, 2)",
                "CREATE TABLE far (id INT PRIMARY KEY, a VARCHAR(5) CHARACTER SET koi8u)",
                "INSERT INTO far VALUES (1, 'x')",
                "CREATE TABLE back (id INT PRIMARY KEY, `a``b` INT)",
                "INSERT INTO back VALUES (1, 2)",
                "CREATE TABLE reserved (id INT PRIMARY KEY, xmin INT)",
                "INSERT INTO reserved VALUES (1, 2)",
                "CREATE TABLE longest (id INT PRIMARY KEY, `" + LONG + "` INT)",
                "INSERT INTO longest VALUES (1, 2)",
                "CREATE TABLE `" + LONG + "` (id INT PRIMARY KEY)",
                "INSERT INTO `" + LONG + "` VALUES (1)",
                "CREATE TABLE `o'clock` (id INT PRIMARY KEY)",
                "INSERT INTO `o'clock` VALUES (1)",
                "CREATE TABLE versioned (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING",
                "INSERT INTO versioned VALUES (1, 1)",
                "CREATE TABLE spans (id INT PRIMARY KEY, a DATE, b DATE, PERIOD FOR span (a, b))",
                "INSERT INTO spans VALUES (1, '2024-01-01', '2024-02-01')",
                "CREATE SEQUENCE numbers");
    }

    /** The server's own sessions show definitions with other quotes, or none. */
    @Test
    void eachIsRefusedByNameOrLeftOut() throws Exception {
        createAll();
        source.execute("SET GLOBAL sql_mode = 'ANSI_QUOTES'", "SET GLOBAL sql_quote_show_create = 0");
        try {
            checkThatEachIsRefused();
        } finally {
            source.execute("SET GLOBAL sql_mode = DEFAULT", "SET GLOBAL sql_quote_show_create = DEFAULT");
        }
    }

    private void checkThatEachIsRefused() throws Exception {
        source.execute("CREATE TABLE kept.packed (id INT PRIMARY KEY, a VARCHAR(100) COMPRESSED)");
        if (FollowedDatabase.IS_2_4) {
            source.execute("CREATE TABLE kept.keyed (`K 1` INT PRIMARY KEY)");
        }
        assertThatThrownBy(() -> plan())
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContainingAll(
                        "'kept.typed': column 'id' is of type uuid",
                        "'kept.hidden': column 'a' is INVISIBLE, and the snapshot leaves it out",
                        "'kept.far': column 'a' is of charset koi8u",
                        "'kept.back': column 'a`b' has a backquote in its name",
                        "'kept.reserved': column 'xmin' has the name of a system column",
                        "'kept.longest': column '" + LONG + "' has a name of more",
                        "'kept." + LONG + "': its target would be called '" + LONG + "'",
                        FollowedDatabase.IS_2_4
                                ? "'kept.o'clock': Flink CDC 2.4 cannot read"
                                : "'kept.o'clock': Flink CDC 3.5 cannot cut",
                        FollowedDatabase.IS_2_4 ? "'kept.keyed': column 'K 1' cuts the table" : "kept",
                        "'kept.versioned': it is WITH SYSTEM VERSIONING",
                        "'kept.spans': it has the PERIOD 'span'",
                        "'kept.packed': column 'a' is COMPRESSED")
                .hasMessageNotContainingAny("kept.t'", "numbers");
        plan("--ignore-incompatible");
        assertThat(targets()).containsExactly("t");
    }

    @Test
    void aUniqueKeyWithNullIsNotTakenForThePrimaryKey() throws Exception {
        source.execute(
                "CREATE TABLE kept.odd (a INT, b INT NOT NULL, UNIQUE (a))",
                "INSERT INTO kept.odd VALUES (NULL, 1), (NULL, 2)");
        String[] appending = {
            "--sink-conf",
            "sink.table-without-key=append",
            "--mysql-conf",
            "scan.incremental.snapshot.chunk.key-column=kept.odd:b"
        };
        assertThatThrownBy(() -> plan(appending))
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("'kept.odd': its unique key 'a' takes NULL");
        plan();
        assertThat(targets()).containsExactly("t");
    }

    /** The plan's tables are Flink CDC's: changes of the others come to nobody. */
    @Test
    void changesOfTablesThatAreLeftOutHarmNobody() throws Exception {
        createAll();
        follow();
        source.execute(
                "USE kept",
                "UPDATE versioned SET a = 2",
                "DELETE FROM versioned",
                "INSERT INTO typed VALUES (uuid())",
                "UPDATE hidden SET b = 3",
                "UPDATE far SET a = 'y'",
                "UPDATE back SET `a``b` = 3",
                "UPDATE reserved SET xmin = 3",
                "UPDATE spans SET b = '2024-03-01'",
                "INSERT INTO `o'clock` VALUES (2)",
                "INSERT INTO `" + LONG + "` VALUES (2)",
                "DO NEXTVAL(numbers)",
                "CREATE SEQUENCE later_numbers",
                "DO NEXTVAL(later_numbers)",
                "INSERT INTO t VALUES (3)");
        awaitIds("1", "2", "3");
        assertThat(targets()).containsExactly("t");
    }

    @Test
    void oneThatIsCreatedLaterIsLoadedOrLeftOutWithALine() throws Exception {
        follow();
        try (LogCapture log = LogCapture.open()) {
            source.execute(
                    "USE kept",
                    "CREATE TABLE reserved (id INT PRIMARY KEY, xmin INT)",
                    "CREATE TABLE longest (id INT PRIMARY KEY, `" + LONG + "` INT)",
                    "CREATE TABLE `" + LONG + "` (id INT PRIMARY KEY)",
                    "INSERT INTO reserved VALUES (1, 2)",
                    "INSERT INTO reserved VALUES (2, 2)",
                    "INSERT INTO longest VALUES (1, 2)",
                    "INSERT INTO `" + LONG + "` VALUES (1)",
                    "ALTER TABLE reserved ADD b INT",
                    "INSERT INTO reserved VALUES (3, 3, 3)",
                    "CREATE TABLE hidden (id INT PRIMARY KEY, a INT INVISIBLE DEFAULT 7, b INT)",
                    "INSERT INTO hidden (id, b) VALUES (1, 2)",
                    "CREATE TABLE keyed (`K 1` INT PRIMARY KEY)",
                    "INSERT INTO keyed VALUES (1)",
                    "CREATE TABLE far (id INT PRIMARY KEY, a VARCHAR(5) CHARACTER SET koi8u)",
                    "INSERT INTO far VALUES (1, 'x')",
                    "CREATE TABLE uniq (a INT NOT NULL, b INT, UNIQUE (a))",
                    "INSERT INTO uniq VALUES (1, NULL), (2, 2)",
                    "UPDATE uniq SET b = 3 WHERE a = 1",
                    "DELETE FROM uniq WHERE a = 2",
                    "CREATE TABLE back (id INT PRIMARY KEY, `a``b` INT)",
                    "INSERT INTO back VALUES (1, 2)",
                    "INSERT INTO t VALUES (3)");
            if (!FollowedDatabase.IS_2_4) {
                source.execute(
                        "USE kept", "CREATE TABLE `o'clock` (id INT PRIMARY KEY)", "INSERT INTO `o'clock` VALUES (1)");
            }
            awaitIds("1", "2", "3");
            await().atMost(Job.DEADLINE).ignoreExceptions().untilAsserted(() -> {
                assertThat(target.query("SELECT id, a, b FROM kept.hidden")).containsExactly("1|7|2");
                assertThat(target.query("SELECT \"K 1\" FROM kept.keyed")).containsExactly("1");
                assertThat(target.query("SELECT id, a FROM kept.far")).containsExactly("1|x");
                assertThat(target.query("SELECT a, b FROM kept.uniq")).containsExactly("1|3");
                assertThat(FollowedDatabase.IS_2_4 ? List.of("1") : target.query("SELECT id FROM kept.\"o'clock\""))
                        .containsExactly("1");
            });
            List<String> told = log.lines().stream()
                    .filter(line -> line.startsWith("WARN") && line.contains("is left out: "))
                    .map(line -> line.substring(line.indexOf("table '")))
                    .distinct()
                    .collect(Collectors.toList());
            assertThat(told)
                    .contains(
                            "table 'kept.reserved' of the source is left out: column 'xmin' has the name of a system"
                                    + " column of the target",
                            "table 'kept.longest' of the source is left out: column '" + LONG
                                    + "' has a name of more than 63 bytes, which the target would cut off",
                            "table 'kept." + LONG + "' of the source is left out: its target would be called '" + LONG
                                    + "', which has more than 63 bytes")
                    .anyMatch(line -> line.startsWith("table 'kept.back' of the source is left out: "))
                    .hasSize(4);
        }
        assertThat(targets()).doesNotContain("reserved", "longest", "back").noneMatch(name -> name.startsWith("ccc"));
        goOnFromASavepoint();
    }

    /** What only a snapshot needs is no reason against tables that the job has loaded from the log. */
    private void goOnFromASavepoint() throws Exception {
        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        source.execute(
                "USE kept",
                "INSERT INTO hidden (id, a, b) VALUES (2, 3, 4)",
                "INSERT INTO keyed VALUES (2)",
                "UPDATE uniq SET b = 4 WHERE a = 1",
                "CREATE TABLE years (y YEAR PRIMARY KEY)",
                "INSERT INTO years VALUES (2024)",
                "INSERT INTO t VALUES (4)");
        job = Job.withCheckpoints(Duration.ofMillis(300)).from(savepoint);
        command().with("--ignore-incompatible").submit(job, 1);
        awaitIds("1", "2", "3", "4");
        await().atMost(Job.DEADLINE).ignoreExceptions().untilAsserted(() -> {
            assertThat(target.query("SELECT id, a, b FROM kept.hidden ORDER BY 1"))
                    .containsExactly("1|7|2", "2|3|4");
            assertThat(target.query("SELECT \"K 1\" FROM kept.keyed ORDER BY 1"))
                    .containsExactly("1", "2");
            assertThat(target.query("SELECT a, b FROM kept.uniq")).containsExactly("1|4");
            assertThat(target.query("SELECT y::int FROM kept.years")).containsExactly("2024");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE n (id UUID PRIMARY KEY); INSERT INTO n VALUES (uuid())",
                "CREATE TABLE n (id INT PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO n VALUES (1)",
                "ALTER TABLE t ADD SYSTEM VERSIONING; INSERT INTO t VALUES (9)",
                "CREATE TABLE n (id INT PRIMARY KEY, a DATE, b DATE, PERIOD FOR span (a, b)); INSERT INTO n VALUES (1,"
                        + " '2024-01-01', '2024-02-01')",
                "CREATE TABLE n (a INT, UNIQUE (a)); INSERT INTO n VALUES (NULL)",
                "CREATE TABLE n (id INT PRIMARY KEY, a TEXT COMPRESSED); INSERT INTO n VALUES (1, 'x')",
            })
    void oneThatFlinkCdcMisreadsStopsTheJobInFrontOfItsFirstRow(String statements) throws Exception {
        follow();
        source.execute("USE kept");
        List<String> all = new ArrayList<>(List.of("USE kept", "INSERT INTO t VALUES (3)"));
        all.addAll(List.of(statements.split("; ")));
        source.execute(all.toArray(new String[0]));
        assertThat(ExceptionUtils.stringifyException(job.failure()))
                .contains("The job stops at binlog.0", "rows of table 'kept.");
        assertThat(target.query("SELECT id FROM kept.t ORDER BY 1")).containsExactly("1", "2", "3");
    }

    /** Its name cannot be read back from a checkpoint: none must have it, or nothing goes on from there. */
    @Test
    void oneWithAnUnreadNameStopsTheJobInFrontOfItsStatement() throws Exception {
        if (!FollowedDatabase.IS_2_4) {
            return;
        }
        follow();
        source.execute("USE kept", "INSERT INTO t VALUES (3)", "CREATE TABLE `o'clock` (id INT PRIMARY KEY)");
        assertThat(ExceptionUtils.stringifyException(job.failure()))
                .contains("The job stops at binlog.0", "a statement makes table 'kept.o'clock'");
        assertThat(target.query("SELECT id FROM kept.t ORDER BY 1")).containsExactly("1", "2", "3");
    }

    /** Nothing in the log says that these rows went; the job says it instead, once. */
    @EachOnOneLine
    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP PARTITION p1",
                "TRUNCATE PARTITION p1",
                "EXCHANGE PARTITION p1 WITH TABLE kept.other",
                "MODIFY a DECIMAL(3,0)",
                "CONVERT TO CHARACTER SET latin1",
                "ADD b INT NOT NULL DEFAULT 7",
            })
    void rowsThatChangeWithoutEventsAreToldOnce(String change) throws Exception {
        source.execute(
                "USE kept",
                "CREATE TABLE parted (id INT PRIMARY KEY, a DECIMAL(5,2)) PARTITION BY RANGE (id) "
                        + "(PARTITION p1 VALUES LESS THAN (10), PARTITION p2 VALUES LESS THAN MAXVALUE)",
                "CREATE TABLE other (id INT PRIMARY KEY, a DECIMAL(5,2))",
                "INSERT INTO parted VALUES (1, 1.55), (11, 11.55)");
        follow();
        try (LogCapture log = LogCapture.open()) {
            source.execute(
                    "USE kept",
                    "ALTER TABLE parted COMMENT 'DROP PARTITION p1'",
                    "ALTER /* all of it */ TABLE parted " + change,
                    "INSERT INTO t VALUES (3)");
            awaitIds("1", "2", "3");
            assertThat(log.lines().stream()
                            .filter(line -> line.startsWith("WARN") && line.contains("which the log does not tell")))
                    .anyMatch(line -> line.contains("table 'kept.parted' of the source was altered, and "))
                    .hasSize(change.startsWith("EXCHANGE") ? 2 : 1);
        }
        assertThat(target.query("SELECT id, a FROM kept.parted ORDER BY 1")).containsExactly("1|1.55", "11|11.55");
    }

    private void follow() throws Exception {
        job = Job.withCheckpoints(Duration.ofMillis(300));
        command().with("--ignore-incompatible").submit(job, 1);
        awaitIds("1");
        source.execute("INSERT INTO kept.t VALUES (2)");
        awaitIds("1", "2");
    }

    private static void plan(String... more) throws Exception {
        command().with(more).with("--create-table-only").run();
    }

    private static SyncCommand command() {
        return SyncCommand.of(source, target, "kept").sink("schema-name={database}");
    }

    private static List<String> targets() throws SQLException {
        return target.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'kept' ORDER BY 1");
    }

    private static void awaitIds(String... ids) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(target.query("SELECT id FROM kept.t ORDER BY 1"))
                        .containsExactly(ids));
    }
}
