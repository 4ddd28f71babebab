package com.pieclouddb.flink.internal.router;

import static com.pieclouddb.flink.internal.router.ShopRecords.event;
import static com.pieclouddb.flink.internal.router.ShopRecords.orders;
import static com.pieclouddb.flink.internal.router.ShopRecords.record;
import static com.pieclouddb.flink.internal.router.ShopRecords.row;
import static com.pieclouddb.flink.internal.router.ShopRecords.statement;
import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tables that come, change, go, or are left out, as Debezium's router is told of them. */
class DebeziumTablesTest extends DebeziumRouterFixture {

    @Test
    void aTableThatIsMadeWhileTheJobRunsIsRoutedByItsSchemaEvent() throws Exception {
        RouterHarness<String> router = start(List.of());
        assertPermanent(
                () -> router.feed(record("c", "null", row(1, "x"))),
                "'shop.orders'",
                "sourceTable(...)",
                "schema events");
        router.feed(event("CREATE", "orders", null, "INT"));
        router.feed(record("c", "null", row(1, "x")));
        router.feed(event("CREATE", "orders", null, "INT"));
        router.feed(record("c", "null", row(1, "x")));
        assertThat(router.rows()).hasSize(2);
        assertThat(router.tables())
                .as("the same definition is not told again")
                .hasSize(1)
                .allSatisfy(message -> assertThat(message.form().spec())
                        .contains(
                                "column.0.source-type=INT\n",
                                "column.0.nullable=false\n",
                                "column.1.comment=who\n",
                                "table.comment=told\n"));
        router.feed(event("ALTER", "orders", null, "BIGINT UNSIGNED"));
        router.feed(record("c", "null", row(1, "x")));
        assertThat(router.tables())
                .hasSize(2)
                .last()
                .satisfies(message ->
                        assertThat(message.form().spec()).contains("column.0.source-type=BIGINT UNSIGNED\n"));
        assertThat(router.rows())
                .last()
                .extracting(ShuffleRecord::number)
                .isEqualTo(router.tables().get(1).number());
    }

    @Test
    void tablesThatAreGoneOrEmptyOrRenamedLeaveTheirRowsWhereTheyAre() throws Exception {
        RouterHarness<String> router = start(List.of(ORDERS));
        router.feed(record("c", "null", row(1, "x")));
        router.feed(record("t", "null", "null"));
        for (String nothing : List.of(
                "",
                "null",
                "{\"ts_ms\":1}",
                statement("DROP TABLE IF EXISTS `shop`.`never`", "never"),
                statement("DROP TABLE `shop`.`orders`", "orders"),
                statement("TRUNCATE orders", "orders"),
                statement("CREATE VIEW v AS SELECT 1", ""))) {
            router.feed(nothing);
        }
        assertThat(router.rows()).hasSize(1);
        router.feed(event("ALTER", "renamed", "orders", "INT"));
        router.feed(record("c", "null", row(1, "x")).replace("orders", "renamed"));
        assertThat(router.tables())
                .extracting(message -> message.form().table())
                .containsExactly(TableId.of("shop", "orders"), TableId.of("shop", "renamed"));
    }

    @Test
    void theStatesDefinitionIsNewerThanTheJobsAndOthersAreAdded() throws Exception {
        RouterHarness<String> before = start(List.of(ORDERS));
        before.feed(event("ALTER", "orders", null, "BIGINT"));
        List<byte[]> state = new ArrayList<>(before.snapshot());
        state.addAll(start(List.of(ORDERS)).snapshot());
        RouterHarness<String> after = start(
                DebeziumConverter.ofText(),
                TargetNaming.schemaForEachDatabase(),
                List.of(orders("int(10) unsigned", "text"), LOG),
                state,
                "sink.table-without-key",
                "append");
        after.feed(record("c", "null", row(1, "x")));
        after.feed(record("c", "null", "{\"line\":\"x\"}").replace("orders", "log"));
        assertThat(after.tables()).hasSize(2);
        assertThat(after.tables().get(0).form().spec()).contains("column.0.source-type=BIGINT\n");
        assertThat(after.tables().get(1).form().table()).isEqualTo(TableId.of("shop", "log"));
    }

    @Test
    void aTableWithoutAKeyIsAppendedSkippedOrRefused() throws Exception {
        String line = record("c", "null", "{\"line\":\"x\"}").replace("orders", "log");
        RouterHarness<String> appending = start(
                DebeziumConverter.ofText(),
                TargetNaming.schemaForEachDatabase(),
                List.of(LOG),
                List.of(),
                "sink.table-without-key",
                "append");
        for (int i = 0; i < 10 * KeySlots.COUNT; i++) {
            appending.feed(line);
        }
        Map<Integer, Integer> perSlot = new HashMap<>();
        appending.rows().forEach(message -> perSlot.merge(message.slot(), 1, Integer::sum));
        assertThat(perSlot.values()).hasSize(KeySlots.COUNT).containsOnly(10);
        assertThat(appending.tables().get(0).form().spec()).contains("load_mode=append\n", "key=\n");
        RouterHarness<String> skipping = start(
                DebeziumConverter.ofText(),
                TargetNaming.schemaForEachDatabase(),
                List.of(LOG, ORDERS),
                List.of(),
                "sink.table-without-key",
                "skip");
        skipping.feed(line);
        skipping.feed(record("c", "null", row(1, "x")));
        assertThat(skipping.rows()).hasSize(1);
        assertThat(skipped(skipping)).isEqualTo(1);
        RouterHarness<String> refusing = start(List.of(LOG));
        assertPermanent(() -> refusing.feed(line), "source table 'shop.log' has no primary key", "'append'", "'skip'");
    }

    @Test
    void tablesThatTheNamingLeavesOutAreCountedWhetherTheyAreDefinedOrNot() throws Exception {
        TargetNaming some = (database, table) -> table.equals("orders") ? null : TableId.of("other", "sch.ema", "t");
        RouterHarness<String> router = start(DebeziumConverter.ofText(), some, List.of(ORDERS), List.of());
        router.feed(record("c", "null", row(1, "x")));
        RouterHarness<String> undefined = start(DebeziumConverter.ofText(), some, List.of(), List.of());
        for (int i = 0; i < 3; i++) {
            undefined.feed(record("c", "null", row(i, "x")));
            undefined.feed(event("CREATE", "orders", null, "INT"));
            undefined.feed(record("t", "null", "null"));
        }
        assertThat(router.messages).isEmpty();
        assertThat(undefined.messages).isEmpty();
        assertThat(List.of(skipped(router), skipped(undefined))).containsExactly(1L, 3L);
        assertThat(undefined.snapshot()).isEmpty();
        assertPermanent(
                () -> start(DebeziumConverter.ofText(), some, List.of(LOG), List.of()),
                "'other.sch.ema.t' is of another database");
    }

    /** By the source's name, whatever the target is called. */
    @Test
    void aTableThatComesLaterIsToldTheCreationOptionsThatAreForIt() throws Exception {
        String fillfactor = "table.create.properties.fillfactor";
        RouterHarness<String> router = start(
                DebeziumConverter.ofText(),
                (database, table) -> TableId.of("t", "x"),
                List.of(),
                List.of(),
                "sink.create-table.enabled",
                "true",
                "shop\\.ord.*:" + fillfactor,
                "80",
                "x:" + fillfactor,
                "90");
        router.feed(event("CREATE", "orders", null, "INT"));
        router.feed(record("c", "null", row(1, "a")));
        assertThat(router.tables())
                .hasSize(1)
                .allSatisfy(message -> assertThat(message.form().spec())
                        .containsOnlyOnce(fillfactor)
                        .contains(fillfactor + "=80\n"));
        RouterHarness<String> unclear = start(
                DebeziumConverter.ofText(),
                TargetNaming.schemaForEachDatabase(),
                List.of(),
                List.of(),
                "sink.create-table.enabled",
                "true",
                "o.*:" + fillfactor,
                "80",
                ".*s:" + fillfactor,
                "90");
        unclear.feed(event("CREATE", "orders", null, "INT"));
        assertPermanent(
                () -> unclear.feed(record("c", "null", row(1, "a"))), "'shop.orders' is matched by", "'o.*:", "'.*s:");
    }
}
