package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A snapshot that is read in pieces while the source changes: in the end every row is as the source has it, whatever
 * its key.
 */
@Tag("mysql-cdc")
class ChunkOrderIT {

    private static final boolean LONG = Boolean.parseBoolean(System.getenv("PIE_LONG"));
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static final String KEYS = "key_values";

    private static final String[] SMALL_QUEUE = {
        "--mysql-conf", "debezium.max.queue.size=16", "--mysql-conf", "debezium.max.batch.size=8"
    };

    private static MariaDb source;
    private static Postgres target;

    @TempDir
    private Path folder;

    private final String database = "pieces" + DATABASES.incrementAndGet();
    private final long seed = Long.getLong("seed", System.nanoTime());

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

    /**
     * Every change of the time between reading a piece and asking for the place of the log counts: the piece is large.
     */
    @Test
    @EachOnOneLine
    void changesWhileOnePieceIsRead() throws Exception {
        for (int round = 0; round < (LONG ? 5 : 1); round++) {
            readWhileItChanges(List.of(ChunkKeys.INT), 60_000, 1_000_000, seed + round);
        }
    }

    @Test
    @EachOnOneLine
    void changesBetweenManyPieces() throws Exception {
        for (int round = 0; round < (LONG ? 10 : 1); round++) {
            readWhileItChanges(List.of(ChunkKeys.INT, ChunkKeys.NAMED), LONG ? 120_000 : 20_000, 500, seed + round);
        }
    }

    /**
     * Flink CDC goes on reading the log behind a piece's end until it is closed, and closing waited for ever where that
     * filled its queue; so it did where a job ended. A small queue stands for a source that is changed fast.
     */
    @Test
    void aReaderIsClosedHoweverMuchFollows() throws Exception {
        readWhileItChanges(List.of(ChunkKeys.INT), 6_000, 300, seed, SMALL_QUEUE);
        String table = ChunkKeys.INT.table();
        String last = "SELECT max(v) FROM " + database + "." + table;
        target.execute("TRUNCATE " + database + "." + table);
        try (SteadyChanges changes = SteadyChanges.of(source, database, KEYS, List.of(table), 6_000, 2, seed + 1)) {
            Job job = Job.withCheckpoints(Duration.ofMillis(500));
            command(300, SMALL_QUEUE).submit(job, 2);
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> target.count("SELECT count(*) FROM " + database + "." + table + " WHERE n % 10 = 0")
                            == 600);
            // What comes now comes with the log.
            long read = target.count(last);
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> target.count(last) > read);
            job.cancel(Job.DEADLINE);
            assertThat(changes.areMade()).isTrue();
        }
        await().atMost(Job.DEADLINE)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet().stream()
                                .map(Thread::getName)
                                .filter(name -> name.equals("blc-127.0.0.1:" + source.port())))
                        .isEmpty());
    }

    /**
     * Two readers are held up in a piece each, and one has to read both: Flink CDC 3.5 waited for the end of the second
     * for ever.
     */
    @Test
    void onePieceAfterTheOtherIsReadByWhoeverGetsTwo() throws Exception {
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE t (id int PRIMARY KEY, v int)",
                "INSERT INTO t SELECT seq, seq FROM seq_1_to_400",
                "CREATE DATABASE " + KEYS + "2",
                "CREATE TABLE " + KEYS + "2.other (id int PRIMARY KEY AUTO_INCREMENT)");
        AtomicBoolean isOver = new AtomicBoolean();
        // The log goes on beside each piece.
        Thread others = new Thread(() -> {
            try {
                source.inOneSession(statement -> {
                    while (!isOver.get()) {
                        statement.execute("INSERT INTO " + KEYS + "2.other VALUES (NULL)");
                    }
                });
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        others.start();
        try (Connection session = source.connect();
                Statement locking = session.createStatement()) {
            Job two = Job.withCheckpoints(Duration.ofMillis(500));
            command(20).submit(two, 2);
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .until(() -> target.count("SELECT count(*) FROM " + database + ".t") > 0);
            locking.execute("LOCK TABLES " + database + ".t WRITE");
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(
                                    source.query("SELECT count(*) FROM information_schema.processlist WHERE state ="
                                            + " 'Waiting for table metadata lock'"))
                            .containsExactly("2"));
            String savepoint = two.client()
                    .triggerSavepoint(folder.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
            locking.execute("UNLOCK TABLES");
            two.cancel(Job.DEADLINE);
            Job one = Job.withCheckpoints(Duration.ofMillis(500)).from(savepoint);
            command(20).submit(one, 1);
            source.execute("INSERT INTO " + database + ".t VALUES (1000, 1)");
            String rows = "SELECT id, v FROM " + database + ".t ORDER BY 1";
            List<String> expected = source.query(rows);
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(target.query(rows)).isEqualTo(expected));
            one.cancel(Job.DEADLINE);
        } finally {
            isOver.set(true);
            others.join();
        }
    }

    @Test
    void keysOfEveryTypeAndOfManyCollations() throws Exception {
        for (int round = 0; round < (LONG ? 5 : 1); round++) {
            readWhileItChanges(
                    LONG ? List.of(ChunkKeys.values()) : ChunkKeys.ofThisLine(), LONG ? 1_200 : 600, 60, seed + round);
        }
    }

    @Test
    void whatFlinkCdcCannotCutIsRefused() throws Exception {
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE years (y year PRIMARY KEY)",
                "CREATE TABLE fine (y year, n int, PRIMARY KEY (y, n))",
                "CREATE TABLE large (id bigint unsigned PRIMARY KEY)",
                "INSERT INTO large VALUES (1), (9223372036854775808)");
        assertThatThrownBy(() -> command(100).run())
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("'" + database + ".years': column 'y' is of type year")
                .hasMessageContaining("'" + database + ".large': column 'id' has numbers above 9223372036854775807")
                .hasMessageContaining("scan.incremental.snapshot.chunk.key-column=db.table:column")
                .hasMessageNotContaining(".fine'");
    }

    /** Flink CDC 2.4 writes the column's name into its statements without quotes; what is a word there is no name. */
    @Test
    @EachOnOneLine
    void reservedWordsAreReadWholeOrCutByTheNextColumnOrRefused() throws Exception {
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE words (`order` int, n int, PRIMARY KEY (`order`, n))",
                "INSERT INTO words SELECT seq, seq FROM seq_1_to_100",
                "CREATE TABLE plain (`date` int PRIMARY KEY)",
                "INSERT INTO plain SELECT seq FROM seq_1_to_100",
                "CREATE TABLE small (`select` varchar(10) PRIMARY KEY)",
                "INSERT INTO small SELECT concat('k', seq) FROM seq_1_to_10",
                "ANALYZE TABLE words, plain, small");
        Job job = Job.withCheckpoints(Duration.ofMillis(500));
        command(10).submit(job, 1);
        for (String table : List.of("words", "plain", "small")) {
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(200))
                    .ignoreExceptions()
                    .until(() -> target.count("SELECT count(*) FROM " + database + "." + table)
                            == (table.equals("small") ? 10 : 100));
        }
        job.cancel(Job.DEADLINE);
        source.execute(
                "USE " + database,
                "INSERT INTO small VALUES ('k11')",
                "CREATE TABLE k1 (`key` int PRIMARY KEY)",
                "CREATE TABLE k2 (`true` int PRIMARY KEY)",
                "CREATE TABLE k3 (`interval` int PRIMARY KEY)",
                "CREATE TABLE k4 (`current_date` varbinary(3) PRIMARY KEY)",
                "INSERT INTO k4 VALUES ('a'), ('b')");
        for (String table : List.of("k1", "k2", "k3")) {
            source.execute("USE " + database, "INSERT INTO " + table + " SELECT seq FROM seq_1_to_11");
        }
        SyncCommand command = command(10);
        if (FollowedDatabase.IS_2_4) {
            assertThatThrownBy(command::run)
                    .isInstanceOf(ProgramParametrizationException.class)
                    .hasMessageContaining("small': column 'select' has a reserved word for its name")
                    .hasMessageContaining("k1': column 'key' has")
                    .hasMessageContaining("k2': column 'true' has")
                    .hasMessageContaining("k3': column 'interval' has")
                    .hasMessageContaining("k4': column 'current_date' has")
                    .hasMessageNotContaining(".words'")
                    .hasMessageNotContaining(".plain'");
        } else {
            command.with("--create-table-only").run();
        }
    }

    /** Rows that are appended cannot be told twice; Flink CDC 2.4 does not know on this server what it has told. */
    @Test
    void appendedRowsNeedASureColumnAndLineOrAQuietSource() throws Exception {
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE texts (k varchar(10) PRIMARY KEY, v int)",
                "CREATE TABLE numbers (k int PRIMARY KEY, v int)");
        SyncCommand texts = command(100).sink("load_mode=append");
        assertThatThrownBy(texts::run)
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("'" + database + ".texts': column 'k' of type varchar(10)")
                .hasMessageContaining("--quiet-source")
                .hasMessageNotContaining(".numbers'");
        SyncCommand numbers = texts.with("--including-tables", "numbers");
        if (FollowedDatabase.IS_2_4) {
            assertThatThrownBy(numbers::run)
                    .isInstanceOf(ProgramParametrizationException.class)
                    .hasMessageContaining("FLINK-37191")
                    .hasMessageContaining("'" + database + ".numbers'");
            numbers = numbers.with("--quiet-source");
        }
        target.execute("DROP SCHEMA IF EXISTS " + database + " CASCADE");
        source.execute("INSERT INTO " + database + ".numbers VALUES (1, 1)");
        Job job = Job.withCheckpoints(Duration.ofMillis(500));
        numbers.submit(job, 1);
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(target.query("SELECT k, v FROM " + database + ".numbers"))
                        .containsExactly("1|1"));
        job.cancel(Job.DEADLINE);
    }

    private void readWhileItChanges(List<ChunkKeys> kinds, int rows, int piece, long roundSeed, String... more)
            throws Exception {
        System.out.println("ChunkOrderIT: seed " + roundSeed);
        List<String> tables = kinds.stream().map(ChunkKeys::table).collect(Collectors.toList());
        source.execute(
                "DROP DATABASE IF EXISTS " + database,
                "DROP DATABASE IF EXISTS " + KEYS,
                "CREATE DATABASE " + database + " CHARACTER SET utf8mb4",
                "CREATE DATABASE " + KEYS + " CHARACTER SET utf8mb4");
        for (ChunkKeys kind : kinds) {
            source.execute(kind.create(database, KEYS, rows).toArray(new String[0]));
        }
        target.execute("DROP SCHEMA IF EXISTS " + database + " CASCADE");
        Job job = Job.withCheckpoints(Duration.ofMillis(500));
        try (SteadyChanges changes = SteadyChanges.of(source, database, KEYS, tables, rows, 2, roundSeed)) {
            command(piece, more).submit(job, 2);
            for (String table : tables) {
                await().atMost(Duration.ofMinutes(LONG ? 15 : 3))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> {
                            job.assertHasNotEnded();
                            assertThat(changes.areMade()).isTrue();
                            return target.count("SELECT count(*) FROM pg_tables WHERE schemaname = '" + database
                                                    + "' AND tablename = '" + table + "'")
                                            == 1
                                    && target.count("SELECT count(*) FROM " + database + "." + table
                                                    + " WHERE n % 10 = 0")
                                            == rows / 10;
                        });
            }
        }
        for (String table : tables) {
            String rowsOf = "SELECT n, v FROM " + database + "." + table + " ORDER BY 1, 2";
            List<String> expected = source.query(rowsOf);
            await(table + ", seed " + roundSeed)
                    .atMost(Duration.ofMinutes(LONG ? 15 : 3))
                    .pollInterval(Duration.ofMillis(300))
                    .untilAsserted(() -> assertThat(target.query(rowsOf)).isEqualTo(expected));
        }
        job.cancel(Job.DEADLINE);
    }

    private SyncCommand command(int piece, String... more) {
        return SyncCommand.of(source, target, database)
                .source("scan.incremental.snapshot.chunk.size=" + piece)
                .sink("schema-name={database}")
                .with(more);
    }
}
