package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of two shards alternate. Where the shards differ in what is no part of their rows, that costs nothing. */
@EachOnOneLine
class ShardsIT {

    private static final int ROWS = 1_000;

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
    @EnumSource
    void shardsThatDifferInNoValueAreLoadedAsOne(DeliveryGuarantee guarantee) throws Exception {
        SourceTable first = shard("orders_0", "orders, shard 0", "varchar(20)", true, "of shard 0");
        long alone = commits(guarantee, first, shard("orders_1", "orders, shard 0", "varchar(20)", true, "of shard 0"));
        long both = commits(guarantee, first, shard("orders_1", "shard 1\n", "varchar(30)", false, "a=b"));
        // The server's own housekeeping commits as well.
        assertThat(both).as("commits, where equal shards take %s", alone).isLessThan(alone + 50);
    }

    private static SourceTable shard(String name, String comment, String type, boolean nullable, String columnComment) {
        return SourceTable.of("shop", name)
                .comment(comment)
                .column("id", "bigint", false)
                .column("v", type, nullable, columnComment)
                .primaryKey("id")
                .build();
    }

    /** Loads rows of one shard and the other in turn; how many transactions the server committed for it. */
    private static long commits(DeliveryGuarantee guarantee, SourceTable first, SourceTable second) throws Exception {
        server.execute(
                "DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE",
                "DROP TABLE IF EXISTS orders",
                "CREATE TABLE orders (id bigint PRIMARY KEY, v text)");
        String committed = "SELECT pg_stat_get_db_xact_commit(oid) FROM pg_database WHERE datname = 'postgres'";
        List<String> records = IntStream.range(0, ROWS)
                .mapToObj(id -> "{\"before\":null,\"after\":{\"id\":" + id + ",\"v\":\"v" + id
                        + "\"},\"source\":{\"db\":\"shop\",\"table\":\"orders_" + id % 2 + "\"},\"op\":\"c\"}")
                .collect(Collectors.toList());
        long before = server.count(committed);
        Job job = Job.withCheckpoints(Duration.ofMinutes(10));
        StreamExecutionEnvironment env = job.environment(1);
        env.fromCollection(records)
                .uid("source")
                .sinkTo(PieCloudDBSink.<String>debeziumBuilder()
                        .hostname("127.0.0.1")
                        .port(server.port())
                        .username("postgres")
                        .database("postgres")
                        .option("sink.delivery-guarantee", guarantee.toString())
                        .converter(DebeziumConverter.ofText())
                        .sourceTable(first)
                        .sourceTable(second)
                        .naming((database, table) -> TableId.of("public", "orders"))
                        .build())
                .uid("sink");
        job.start(env).finish();
        assertThat(server.query("SELECT id, v FROM orders ORDER BY id"))
                .isEqualTo(
                        IntStream.range(0, ROWS).mapToObj(id -> id + "|v" + id).collect(Collectors.toList()));
        return server.count(committed) - before;
    }
}
