package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.PieCloudDBDebeziumSinkBuilder;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.SourceTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records that live Flink CDC sources wrote, through jobs that restart: the target has what MariaDB has. */
@EachOnOneLine
class DebeziumIT {

    /** Of these the capture has times that only an interval holds, or a definition that changes. */
    private static final Set<String> DECLARED_HERE = Set.of("times", "hard", "altered");

    /** Of the longer of two partitions: two of five changes of a definition are through. */
    private static final int BETWEEN_ALTERS = 111;

    /** Of the first of four partitions: only the state knows the table of the next row. */
    private static final int BEHIND_THE_RENAMING = 9;

    private Postgres server;

    @BeforeEach
    void start() throws IOException {
        server = Postgres.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"3.5.0, false", "2.4.0, true"})
    void aServerKilledInTheMiddleCostsNothing(String version, boolean envelope) throws Exception {
        String name = "debezium-killed" + version;
        LiveCapture capture = new LiveCapture(version, envelope, 2);
        declareSome();
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(2, ChangelogSource.of(capture).overCheckpoints(4).heldAt(name, BETWEEN_ALTERS), sink());
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= BETWEEN_ALTERS);
        await().atMost(Job.DEADLINE).until(() -> server.count("SELECT count(*) FROM live.altered") > 0);
        server.kill();
        Gate.named(name).open();
        server.restart();
        job.finish();
        assertThatTheTargetIsTheSource(capture);
    }

    @ParameterizedTest
    @CsvSource({"2, 4, false", "4, 2, true"})
    void definitionsOutliveASavepointAtAnotherParallelism(int before, int after, boolean envelope, @TempDir Path folder)
            throws Exception {
        String name = "debezium-rescale" + before;
        LiveCapture capture = new LiveCapture("3.5.0", envelope, 4);
        declareSome();
        Job job = Job.withCheckpoints(Duration.ofMillis(200))
                .start(
                        before,
                        ChangelogSource.of(capture).overCheckpoints(3).heldAt(name, BEHIND_THE_RENAMING),
                        sink());
        await().atMost(Job.DEADLINE).until(() -> Gate.named(name).emitted() >= before * BEHIND_THE_RENAMING);
        String savepoint = job.client()
                .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(Job.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        Gate.named(name).open();
        Job.withCheckpoints(Duration.ofMillis(200))
                .from(savepoint)
                .start(after, ChangelogSource.of(capture).overCheckpoints(3).heldAt(name, BEHIND_THE_RENAMING), sink())
                .finish();
        assertThatTheTargetIsTheSource(capture);
    }

    @Test
    void createdTargetsHaveKeysAndNotNull() throws Exception {
        declareSome();
        Job.withCheckpoints(Duration.ofMillis(200))
                .start(2, ChangelogSource.of(new LiveCapture("3.5.0", false, 2)).overCheckpoints(2), sink())
                .finish();
        assertThat(server.query("SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = "
                        + "ANY(indkey) WHERE indisprimary AND indrelid = 'live.pairs'::regclass ORDER BY 1"))
                .containsExactly("a", "b");
        assertThat(server.query("SELECT attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull FROM "
                        + "pg_attribute WHERE attrelid = 'live.created'::regclass AND attnum > 0 ORDER BY attnum"))
                .containsExactly(
                        "id integer true",
                        "at timestamp(6) without time zone true",
                        "price numeric(20,4) false",
                        "n smallint true",
                        "e text false",
                        "txt text false",
                        "big numeric(20,0) false");
    }

    /**
     * As Debezium's own topics may have it: one record for a key that moves, and deletes that have nothing but a key.
     */
    @Test
    void keysThatMoveBetweenWritersEndWhereTheyShould() throws Exception {
        List<String> records = new ArrayList<>();
        String source = ",\"source\":{\"db\":\"live\",\"table\":\"moving\"},\"op\":";
        for (int round = 0; round < 3; round++) {
            for (int id = 0; id < 500; id++) {
                records.add("|{\"before\":null,\"after\":{\"id\":" + id + "}" + source + "\"c\"}");
                records.add(
                        "|{\"before\":{\"id\":" + id + "},\"after\":{\"id\":" + (1000 + id) + "}" + source + "\"u\"}");
                if (round < 2 || id % 2 == 0) {
                    records.add("{\"id\":" + (1000 + id) + "}|{\"before\":null,\"after\":null" + source + "\"d\"}");
                }
            }
        }
        StreamExecutionEnvironment env =
                Job.withCheckpoints(Duration.ofMillis(200)).environment(3);
        env.fromCollection(records, Types.STRING)
                .sinkTo(PieCloudDBSink.<String>debeziumBuilder()
                        .hostname("127.0.0.1")
                        .port(server.port())
                        .username("postgres")
                        .database("postgres")
                        .converter(new KeyAndValue())
                        .sourceTable(SourceTable.of("live", "moving")
                                .column("id", "int(11)", false)
                                .primaryKey("id")
                                .build())
                        .option("sink.create-table.enabled", "true")
                        .option("sink.parallelism", "3")
                        .build());
        Job.withCheckpoints(Duration.ofMillis(200)).start(env).finish();
        assertThat(server.query(
                        "SELECT count(*), min(id), max(id), count(*) FILTER (WHERE id % 2 = 1) FROM live.moving"))
                .containsExactly("250|1001|1499|250");
    }

    /** Key and value of a record are parted by a bar. */
    private static final class KeyAndValue implements DebeziumConverter<String> {

        private static final long serialVersionUID = 1L;

        @Override
        public byte[] value(String element) {
            return element.substring(element.indexOf('|') + 1).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] key(String element) {
            int bar = element.indexOf('|');
            return bar == 0 ? null : element.substring(0, bar).getBytes(StandardCharsets.UTF_8);
        }
    }

    private PieCloudDBSink<String> sink() {
        PieCloudDBDebeziumSinkBuilder<String> builder = PieCloudDBSink.debeziumBuilder();
        return builder.hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .converter(DebeziumConverter.ofText())
                .sourceTables(LiveCapture.tables("before"))
                .option("sink.create-table.enabled", "true")
                // The target of a table that is altered stays as it is.
                .option("schema.change.behavior", "ignore")
                .option("sink.merge.allow-replace", "true")
                .build();
    }

    private void declareSome() throws SQLException {
        server.execute("CREATE SCHEMA live");
        for (SourceTable table : LiveCapture.tables("after")) {
            if (DECLARED_HERE.contains(table.table())) {
                server.execute("CREATE TABLE live." + table.table() + " ("
                        + table.columns().stream()
                                .map(column -> "\"" + column.name() + "\" "
                                        + LiveCells.declared(
                                                column,
                                                table.table().equals("hard")
                                                        || column.name().equals("elapsed")))
                                .collect(Collectors.joining(", "))
                        + ", PRIMARY KEY (id))");
            }
        }
    }

    private void assertThatTheTargetIsTheSource(LiveCapture capture) throws SQLException {
        int compared = 0;
        for (SourceTable table : LiveCapture.tables("after")) {
            Map<String, List<String>> expected = capture.rows(table);
            Map<String, List<String>> found = rows(table, table.table());
            switch (table.table()) {
                case "emptied":
                    // Rows that a TRUNCATE took in the source stay.
                    assertThat(found).containsAllEntriesOf(expected).hasSizeGreaterThan(expected.size());
                    break;
                case "emptied_too":
                    assertThat(expected).isEmpty();
                    break;
                case "renamed2":
                    // Rows from before the renaming stay in the target of the old name.
                    found.putAll(rows(table, "renamed"));
                    assertThat(found).isEqualTo(expected);
                    break;
                case "altered":
                    // Neither is a column of the target renamed: these rows came when it was called otherwise.
                    expected.get("2").set(3, "NULL");
                    expected.get("3").set(3, "NULL");
                    assertThat(found).isEqualTo(expected);
                    break;
                default:
                    assertThat(found).as(table.table()).isEqualTo(expected);
            }
            compared += expected.size();
        }
        assertThat(compared).as("rows of the fixture").isGreaterThan(80);
    }

    private Map<String, List<String>> rows(SourceTable table, String target) throws SQLException {
        String relation = "live.\"" + target + "\"";
        Map<String, String> types = server
                .query("SELECT attname, typname FROM pg_attribute JOIN pg_type t ON t.oid = atttypid "
                        + "WHERE attrelid = '" + relation + "'::regclass AND attnum > 0")
                .stream()
                .collect(Collectors.toMap(line -> line.split("\\|")[0], line -> line.split("\\|")[1]));
        String select = table.columns().stream()
                .map(column -> "coalesce(" + LiveCells.asked(column, types.get(column.name())) + ", 'NULL')")
                .collect(Collectors.joining(", "));
        Map<String, List<String>> rows = new TreeMap<>();
        for (String line : server.query("SELECT " + select + " FROM " + relation)) {
            String[] cells = line.split("\\|", -1);
            List<String> told = new ArrayList<>();
            for (int i = 0; i < cells.length; i++) {
                told.add(LiveCells.told(cells[i], table.columns().get(i)));
            }
            rows.put(LiveCapture.key(table, told), told);
        }
        return rows;
    }
}
