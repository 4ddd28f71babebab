package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command against a real source, through the Flink CDC that belongs to the line of Flink: the targets become equal.
 */
@Tag("mysql-cdc")
class MySqlSyncIT {

    /** Names with what a name may hold; Flink CDC 2.4 reads none with a blank or a quote. */
    private static final String ITEM = "order$item-ü.x";

    /** What is asked of the source and of the target for each table, so that equal rows are equal texts. */
    private static final Map<String, String[]> COMPARED = Map.of(
            "customer",
            new String[] {
                "id, name, credit, date_format(since, '%Y-%m-%d %H:%i:%s.%f'), flag, big, hex(photo), state, "
                        + "date_format(changed, '%Y-%m-%d %H:%i:%s.%f')",
                "id, name, credit, to_char(since, 'YYYY-MM-DD HH24:MI:SS.US'), flag, big, upper(encode(photo, 'hex')), "
                        + "state, to_char(changed at time zone 'UTC' - interval '8 hours', 'YYYY-MM-DD HH24:MI:SS.US')"
            },
            ITEM,
            new String[] {"order_id, line, note", "order_id, line, note"},
            "later",
            new String[] {"id, text", "id, text"},
            "keyless",
            new String[] {"n, n", "n, n"},
            "in_the_gap",
            new String[] {
                "id, text, price, date_format(at, '%Y-%m-%d %H:%i:%s.%f'), kind",
                "id, text, price, to_char(at, 'YYYY-MM-DD HH24:MI:SS.US'), kind"
            },
            "while_away",
            new String[] {"id, text", "id, text"});

    private static MariaDb source;
    private static Postgres target;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        source = MariaDb.start();
        target = SyncCommand.startTarget();
        // Neither UTC nor the machine's zone, so that an hour too many shows.
        source.asRoot("SET GLOBAL time_zone = '-08:00'; CREATE USER cdc@'%' IDENTIFIED BY 'source-password'; "
                + "GRANT SELECT, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO cdc@'%'");
    }

    @AfterAll
    static void stop() throws IOException {
        source.close();
        target.close();
    }

    @BeforeEach
    void fillTheSource() throws SQLException, IOException {
        Files.writeString(folder.resolve("secret"), "source-password\n");
        target.execute("DROP SCHEMA IF EXISTS shop CASCADE");
        source.execute(
                "DROP DATABASE IF EXISTS shop",
                "CREATE DATABASE shop CHARACTER SET utf8mb4",
                "USE shop",
                "CREATE TABLE shop.customer (id int PRIMARY KEY COMMENT 'the customer''s number', name varchar(40) NOT"
                        + " NULL, credit decimal(10,2) DEFAULT 7.50, since datetime(6) NOT NULL, flag tinyint(1), big"
                        + " bigint unsigned DEFAULT 18446744073709551615, photo varbinary(20), state enum('new','old')"
                        + " DEFAULT 'new', changed timestamp(3) NULL)",
                "INSERT INTO shop.customer SELECT seq, concat('Näme ', seq), if(seq % 3, seq / 7, NULL), '2024-01-01"
                    + " 00:00:00' + INTERVAL seq * 1234567 MICROSECOND, seq % 2, if(seq % 5, seq, NULL),"
                    + " unhex(lpad(hex(seq), 6, '0')), if(seq % 4, 'old', NULL), '2024-07-01 00:00:00' + INTERVAL seq"
                    + " SECOND FROM seq_1_to_3000",
                "CREATE TABLE shop.`" + ITEM + "` (order_id int, line int, note text, PRIMARY KEY (line, order_id))",
                "INSERT INTO shop.`" + ITEM + "` SELECT seq, seq % 7, repeat('x', seq) FROM seq_1_to_500",
                "CREATE TABLE shop.tmp_scratch (id int PRIMARY KEY)",
                "INSERT INTO shop.tmp_scratch VALUES (1)",
                "CREATE TABLE shop.keyless (n int)",
                "INSERT INTO shop.keyless VALUES (1)",
                "CREATE TABLE shop.with_uuid (id uuid PRIMARY KEY)",
                "INSERT INTO shop.with_uuid VALUES (uuid())",
                "CREATE VIEW shop.seen AS SELECT 1");
    }

    @Test
    void snapshotChangesNewTablesAndARestart() throws Exception {
        Job job = job();
        command("--ignore-incompatible").submit(job, 2);
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> target.count("SELECT count(*) FROM shop.ods_customer") > 0);
        // After the job was planned, before the source follows the log: it does not tell what this table is.
        source.execute(
                "CREATE TABLE shop.in_the_gap (id int unsigned, text varchar(10), price decimal(7,3), "
                        + "at datetime(6), kind enum('a','b') DEFAULT 'b', PRIMARY KEY (text, id))",
                "INSERT INTO shop.in_the_gap VALUES (4294967295, 'q\"', 1.5, '2024-02-03 04:05:06.7', NULL)");
        awaitEqual("customer", ITEM, "in_the_gap");
        source.execute(
                "INSERT INTO shop.customer (id, name, since) VALUES (5001, 'default', '1000-01-01')",
                "INSERT INTO shop.customer VALUES (5002, 'nulls', NULL, '9999-12-31 23:59:59.999999', NULL, NULL,"
                        + " NULL, NULL, NULL)",
                "UPDATE shop.customer SET credit = NULL, name = 'changed' WHERE id <= 100",
                "DELETE FROM shop.customer WHERE id BETWEEN 200 AND 300",
                "UPDATE shop.customer SET id = id + 10000 WHERE id BETWEEN 400 AND 500",
                "UPDATE shop.`" + ITEM + "` SET line = line + 100 WHERE order_id < 50",
                "CREATE TABLE shop.later (id int PRIMARY KEY, text varchar(10))",
                "INSERT INTO shop.later VALUES (1, 'a'), (2, 'b')",
                "DELETE FROM shop.later WHERE id = 1",
                "CREATE TABLE shop.tmp_later (id int PRIMARY KEY)",
                "INSERT INTO shop.tmp_later VALUES (1)",
                "INSERT INTO shop.keyless VALUES (2)",
                "INSERT INTO shop.with_uuid VALUES (uuid())");
        awaitEqual("customer", ITEM, "in_the_gap", "later");

        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        source.execute(
                "UPDATE shop.customer SET name = 'meanwhile' WHERE id > 2900",
                "DELETE FROM shop.later WHERE id = 2",
                "INSERT INTO shop.later VALUES (3, 'c')",
                "CREATE TABLE shop.while_away (id int PRIMARY KEY, text varchar(10))",
                "INSERT INTO shop.while_away VALUES (1, 'x')");
        Job restarted = job().from(savepoint);
        command("--ignore-incompatible").submit(restarted, 2);
        awaitEqual("customer", ITEM, "in_the_gap", "later", "while_away");
        source.execute("INSERT INTO shop.later VALUES (4, 'd')", "UPDATE shop.while_away SET text = 'y'");
        awaitEqual("customer", ITEM, "in_the_gap", "later", "while_away");

        restarted.cancel(Job.DEADLINE);
        assertThat(target.query(
                        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1"))
                .containsExactly("ods_customer", "ods_in_the_gap", "ods_later", "ods_" + ITEM, "ods_while_away");
        assertThat(target.query("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' "
                        + "AND relnamespace = 'shop'::regnamespace ORDER BY relname::text COLLATE \"C\""))
                .containsExactly(
                        "ods_customer|{fillfactor=70}",
                        "ods_in_the_gap|{fillfactor=90}",
                        "ods_later|{fillfactor=80}",
                        "ods_" + ITEM + "|{fillfactor=90}",
                        "ods_while_away|{fillfactor=80}");
        assertThat(target.query("SELECT col_description('shop.ods_customer'::regclass, 1)"))
                .containsExactly("the customer's number");
    }

    @Test
    void rowsOfATableWithoutAKeyAreAddedWhereAColumnCutsIt() throws Exception {
        source.execute("USE shop", "INSERT INTO shop.keyless SELECT seq % 900 FROM seq_1_to_1000");
        Job job = job();
        // What Flink CDC 2.4 needs to be promised; nobody writes while the snapshot is read.
        SyncCommand uncut = command("--including-tables", "keyless").sink("sink.table-without-key=append");
        uncut.with("--quiet-source")
                .source("scan.incremental.snapshot.chunk.key-column=shop.keyless:n")
                .submit(job, 2);
        awaitEqual("keyless");
        source.execute("INSERT INTO shop.keyless VALUES (7), (7), (0), (5000)");
        awaitEqual("keyless");
        job.cancel(Job.DEADLINE);

        assertThatThrownBy(uncut::run)
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("keyless")
                .hasMessageContaining("scan.incremental.snapshot.chunk.key-column");
    }

    @Test
    void tablesAreCreatedWithoutAJob() throws Exception {
        command("--ignore-incompatible", "--create-table-only").run();
        assertThat(target.query(
                        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1"))
                .containsExactly("ods_customer", "ods_" + ITEM);
        assertThat(target.query("SELECT * FROM shop.ods_customer")).isEmpty();
        assertThat(target.writerSessions()).isZero();
    }

    @Test
    void tableConfsAreForTheTablesThatTheirExpressionsMatch() throws Exception {
        try (LogCapture log = LogCapture.open()) {
            command(
                            "--ignore-incompatible",
                            "--create-table-only",
                            "--table-conf",
                            "order.*:table.create.distributed-by=line",
                            "--table-conf",
                            "none:table.create.properties.fillfactor=50")
                    .run();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("matches none of the tables"))
                    .hasSize(2)
                    .anyMatch(line -> line.contains("none:table.create.properties.fillfactor"));
        }
        assertThat(target.query("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' "
                        + "AND relnamespace = 'shop'::regnamespace ORDER BY 1"))
                .containsExactly("ods_customer|{fillfactor=70}", "ods_" + ITEM + "|{fillfactor=90}");
        target.execute("DROP SCHEMA shop CASCADE");
        assertThatThrownBy(() -> command(
                                "--ignore-incompatible",
                                "--create-table-only",
                                "--table-conf",
                                ".*:table.create.distributed-by=id",
                                "--table-conf",
                                ".*er:table.create.properties.fillfactor=60")
                        .run())
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("names column 'id', which source table 'shop." + ITEM + "' does not have")
                .hasMessageContaining("table 'shop.customer' is matched by");
        assertThat(target.query("SELECT 1 FROM pg_namespace WHERE nspname = 'shop'"))
                .isEmpty();
    }

    @Test
    void whatCannotBeTakenIsToldBeforeTheStart() {
        assertThatThrownBy(() -> command().run())
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("'shop.with_uuid': column 'id' is of type uuid")
                .hasMessageNotContainingAny("customer", "source-password", "target-password");
        assertThatThrownBy(() -> command().as("cdc", "wrong-secret").run())
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining("The source at 127.0.0.1:" + source.port() + " does not let 'cdc' in: ")
                .hasMessageNotContaining("wrong-secret");
    }

    private static Job job() {
        return Job.withCheckpoints(Duration.ofMillis(500));
    }

    private SyncCommand command(String... more) {
        return SyncCommand.of(source, target, "sh[o]p")
                .as("cdc", "file:" + folder.resolve("secret"))
                .source("scan.incremental.snapshot.chunk.size=400")
                .sink("schema-name={database}")
                .with(
                        "--table-prefix",
                        "ods_",
                        "--excluding_tables=tmp_.*",
                        "--table-conf",
                        "table.create.properties.fillfactor=90",
                        "--table-conf",
                        "cust.*:table.create.properties.fillfactor=70",
                        "--table-conf",
                        "shop\\.(later|wh:i=le|while_.*):table.create.properties.fillfactor=80")
                .with(more);
    }

    private static void awaitEqual(String... tables) {
        for (String table : tables) {
            String[] columns = COMPARED.get(table);
            await().atMost(Job.DEADLINE)
                    .pollInterval(Duration.ofMillis(200))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(target.query(
                                    "SELECT " + columns[1] + " FROM shop.\"ods_" + table + "\" ORDER BY 1, 2"))
                            .isEqualTo(
                                    source.query("SELECT " + columns[0] + " FROM shop.`" + table + "` ORDER BY 1, 2")));
        }
    }
}
