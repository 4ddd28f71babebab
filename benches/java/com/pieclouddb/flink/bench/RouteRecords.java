package com.pieclouddb.flink.bench;

import com.pieclouddb.flink.internal.jni.NativeRouter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What finding a Debezium record's table and key costs through the crossing, beside what a source does at least for the
 * same record: Jackson writes its JSON.
 *
 * <p>{@code java -cp $(cat build/bench/java/classpath) com.pieclouddb.flink.bench.RouteRecords}, after
 * {@code gradle jar} and {@code gradle -b benches/build.gradle classPath}. Prints the median of 15 rounds, in
 * nanoseconds a record.
 */
public final class RouteRecords {

    private static final String REST_OF_ROW =
            ",'l_quantity':'BqQ=','l_extendedprice':'IFsz','l_discount':'BA==','l_tax':'Ag=='"
                    + ",'l_returnflag':'N','l_linestatus':'O'"
                    + ",'l_shipdate':9568,'l_commitdate':9538,'l_receiptdate':9577"
                    + ",'l_shipinstruct':'NONE','l_shipmode':'TRUCK','l_comment':'egular courts above the'}";

    private static final String SOURCE =
            ",'source':{'version':'1.9.8.Final','connector':'mysql','name':'mysql_binlog_source','ts_ms':1700000000000"
                    + ",'snapshot':'false','db':'tpch','sequence':null,'table':'lineitem','server_id':1"
                    + ",'gtid':null,'file':'binlog.000002','pos':123456,'row':0,'thread':null,'query':null}";

    private static final int RECORDS = 20_000;
    private static final int ROUNDS = 15;

    private static final String TABLE = "source.database=tpch\nsource.table=lineitem\ndebezium.decimals=base64\n"
            + "column.0.name=l_orderkey\ncolumn.0.source-type=bigint\ncolumn.0.nullable=false\n"
            + "column.1.name=l_linenumber\ncolumn.1.source-type=int\ncolumn.1.nullable=false\n";

    private RouteRecords() {}

    public static void main(String[] arguments) throws Exception {
        try (NativeRouter router = NativeRouter.open(null)) {
            router.define(TABLE);
            for (boolean update : new boolean[] {false, true}) {
                List<byte[]> records = records(update);
                System.out.printf(
                        "%s of %d bytes: route %d ns, written by Jackson %d ns%n",
                        update ? "update" : "insert",
                        records.get(RECORDS / 2).length,
                        route(router, records),
                        write(records));
            }
        }
    }

    private static long route(NativeRouter router, List<byte[]> records) throws Exception {
        long[] rounds = new long[ROUNDS];
        long sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long from = System.nanoTime();
            for (byte[] record : records) {
                if (router.find(record, null) != NativeRouter.Found.ROW) {
                    throw new IllegalStateException("a record was not found");
                }
                sum += router.hash();
            }
            rounds[round] = System.nanoTime() - from;
        }
        return median(rounds, sum);
    }

    private static long write(List<byte[]> records) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> trees = new ArrayList<>();
        for (byte[] record : records) {
            trees.add(mapper.readTree(record));
        }
        long[] rounds = new long[ROUNDS];
        long sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long from = System.nanoTime();
            for (JsonNode tree : trees) {
                sum += mapper.writeValueAsBytes(tree).length;
            }
            rounds[round] = System.nanoTime() - from;
        }
        return median(rounds, sum);
    }

    /** The sum keeps the loops from being left out. */
    private static long median(long[] rounds, long sum) {
        if (sum == 0) {
            throw new IllegalStateException("nothing was done");
        }
        Arrays.sort(rounds);
        return rounds[ROUNDS / 2] / RECORDS;
    }

    private static List<byte[]> records(boolean update) {
        List<byte[]> records = new ArrayList<>();
        for (int number = 0; number < RECORDS; number++) {
            String row = "{'l_orderkey':" + (number / 4 + 1_000_000) + ",'l_partkey':" + number * 31 % 200_000
                    + ",'l_suppkey':" + number % 10_000 + ",'l_linenumber':" + (number % 4 + 1) + REST_OF_ROW;
            String record = "{'before':" + (update ? row : "null") + ",'after':" + row + SOURCE + ",'op':'"
                    + (update ? "u" : "c") + "','ts_ms':1700000000123,'transaction':null}";
            records.add(record.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        }
        return records;
    }
}
