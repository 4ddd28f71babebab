package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two INSERTs of a STATEMENT SET change the same keys of one table: each key is there once and as one of them left it,
 * and the job is never restarted. Restarts are off in all of these jobs, so the first one would be the end of it.
 */
@EachOnOneLine
class TwoSinksIT {

    private static final int KEYS = 300;
    private static final int ROUNDS = 8;

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"AT_LEAST_ONCE, true", "AT_LEAST_ONCE, false", "EXACTLY_ONCE, true", "EXACTLY_ONCE, false"})
    void checkpointsOfBothChangeTheSameKeys(DeliveryGuarantee guarantee, boolean hasKey) throws Exception {
        create(hasKey);
        StreamExecutionEnvironment env =
                Job.withCheckpoints(Duration.ofMillis(200)).environment(2);
        StreamTableEnvironment tables = StreamTableEnvironment.create(env);
        target(tables, guarantee);
        StatementSet statements = tables.createStatementSet();
        for (int stream = 0; stream < 2; stream++) {
            tables.createTemporaryView(
                    "changes" + stream,
                    tables.fromChangelogStream(
                            ChangelogSource.of(new Rounds(stream))
                                    .overCheckpoints(ROUNDS)
                                    .in(env, "changes " + stream),
                            Schema.newBuilder()
                                    .column("id", "BIGINT NOT NULL")
                                    .column("v", "STRING")
                                    .primaryKey("id")
                                    .build(),
                            ChangelogMode.upsert()));
            statements.addInsertSql("INSERT INTO target SELECT * FROM changes" + stream);
        }
        statements.execute().await();
        Map<String, List<String>> found = new TreeMap<>();
        for (String row : server.query("SELECT id, v FROM t")) {
            String[] fields = row.split("\\|");
            found.computeIfAbsent(fields[0], id -> new ArrayList<>()).add(fields[1]);
        }
        for (long id = 0; id < KEYS; id++) {
            List<List<String>> possible = List.of(Rounds.last(0, id), Rounds.last(1, id));
            assertThat(possible).as("key %d", id).contains(found.getOrDefault(String.valueOf(id), List.of()));
        }
        assertThat(found).hasSizeBetween(KEYS / 2, KEYS);
    }

    @ParameterizedTest
    @CsvSource({"AT_LEAST_ONCE, true", "AT_LEAST_ONCE, false", "EXACTLY_ONCE, true", "EXACTLY_ONCE, false"})
    void aBatchJobStoresEachKeyOnce(DeliveryGuarantee guarantee, boolean hasKey) throws Exception {
        create(hasKey);
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inBatchMode().build());
        tables.getConfig().set("parallelism.default", "2");
        tables.getConfig().set("restart-strategy.type", "none");
        tables.executeSql("CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '5000', "
                + "'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '5000')");
        target(tables, guarantee);
        StatementSet statements = tables.createStatementSet();
        statements.addInsertSql("INSERT INTO target SELECT id, 'first' FROM numbers");
        statements.addInsertSql("INSERT INTO target SELECT id, 'second' FROM numbers");
        statements.execute().await();
        assertThat(server.count("SELECT count(*) FROM t")).isEqualTo(5_000);
        assertThat(server.count("SELECT count(DISTINCT id) FROM t WHERE v IN ('first', 'second')"))
                .isEqualTo(5_000);
    }

    private static void create(boolean hasKey) throws Exception {
        server.execute(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (id bigint NOT NULL, v text" + (hasKey ? ", PRIMARY KEY (id))" : ")"));
    }

    private static void target(TableEnvironment tables, DeliveryGuarantee guarantee) {
        tables.executeSql("CREATE TABLE target (id BIGINT, v STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ("
                + "'connector' = 'pieclouddb', 'hostname' = '127.0.0.1', 'port' = '" + server.port() + "', "
                + "'username' = 'postgres', 'database-name' = 'postgres', 'table-name' = 't', "
                + "'sink.delivery-guarantee' = '" + guarantee + "')");
    }

    /** All keys are stored once a round; in the last one each stream removes some. */
    private static final class Rounds implements Partitions<Row> {

        private static final long serialVersionUID = 1L;

        private final int stream;

        Rounds(int stream) {
            this.stream = stream;
        }

        @Override
        public int partitions() {
            return 2;
        }

        @Override
        public List<Row> partition(int partition) {
            List<Row> rows = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                for (long id = partition; id < KEYS; id += partitions()) {
                    boolean gone = round == ROUNDS && last(stream, id).isEmpty();
                    rows.add(Row.ofKind(
                            gone ? RowKind.DELETE : RowKind.UPDATE_AFTER, id, gone ? null : value(stream, round)));
                }
            }
            return rows;
        }

        /** What the stream leaves of a key: a value or none. */
        static List<String> last(int stream, long id) {
            return id % 5 == stream ? List.of() : List.of(value(stream, ROUNDS));
        }

        private static String value(int stream, int round) {
            return "stream " + stream + ", round " + round;
        }

        @Override
        public TypeInformation<Row> type() {
            return Types.ROW_NAMED(new String[] {"id", "v"}, Types.LONG, Types.STRING);
        }
    }
}
