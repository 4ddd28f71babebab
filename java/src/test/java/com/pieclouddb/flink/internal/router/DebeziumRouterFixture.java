package com.pieclouddb.flink.internal.router;

import static com.pieclouddb.flink.internal.router.ShopRecords.orders;
import static com.pieclouddb.flink.internal.router.ShopRecords.record;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Routers of Debezium's records for a test, closed behind it, and what tests ask of them. */
abstract class DebeziumRouterFixture {

    static final SourceTable ORDERS = orders("int(11)", "varchar(20)");
    static final SourceTable LOG =
            SourceTable.of("shop", "log").column("line", "text", true).build();

    private final List<RouterHarness<String>> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (RouterHarness<String> router : opened) {
            router.close();
        }
    }

    final RouterHarness<String> start(List<SourceTable> tables) throws Exception {
        return start(DebeziumConverter.ofText(), TargetNaming.schemaForEachDatabase(), tables, List.of());
    }

    final RouterHarness<String> start(
            DebeziumConverter<String> converter,
            TargetNaming naming,
            List<SourceTable> tables,
            List<byte[]> state,
            String... options)
            throws Exception {
        RouterHarness<String> router = new RouterHarness<>(
                new DebeziumRouter<>(
                        new DebeziumStream<>(converter, DebeziumDecimals.BASE64, naming, tables, 0),
                        Plans.databaseSettings(options)),
                state);
        opened.add(router);
        return router;
    }

    static int slot(RouterHarness<String> router, String record) throws Exception {
        router.feed(record);
        return router.rows().get(router.rows().size() - 1).slot();
    }

    static long skipped(RouterHarness<String> router) {
        return router.metrics.counters.get("pieclouddb.rowsSkipped").getCount();
    }

    static String text(ShuffleRecord message) {
        return new String(message.image().toBytes(), StandardCharsets.UTF_8);
    }

    static void assertPermanent(Feeding feeding, String... words) {
        assertThatThrownBy(feeding::run)
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("secret");
    }

    /** Something that a router should not take. */
    @FunctionalInterface
    interface Feeding {
        void run() throws Exception;
    }
}
