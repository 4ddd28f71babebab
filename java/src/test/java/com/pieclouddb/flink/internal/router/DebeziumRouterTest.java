package com.pieclouddb.flink.internal.router;

import static com.pieclouddb.flink.internal.router.ShopRecords.event;
import static com.pieclouddb.flink.internal.router.ShopRecords.keyedByText;
import static com.pieclouddb.flink.internal.router.ShopRecords.orders;
import static com.pieclouddb.flink.internal.router.ShopRecords.record;
import static com.pieclouddb.flink.internal.router.ShopRecords.row;
import static com.pieclouddb.flink.internal.router.ShopRecords.statement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records of Debezium find the slot of their key, and their table's definition goes before them. */
class DebeziumRouterTest {

    private static final SourceTable ORDERS = orders("int(11)", "varchar(20)");
    private static final SourceTable LOG =
            SourceTable.of("shop", "log").column("line", "text", true).build();

    private final List<RouterHarness<String>> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (RouterHarness<String> router : opened) {
            router.close();
        }
    }

    @Test
    void allChangesOfAKeyShareASlotAndTheRecordIsPassedOnAsItIs() throws Exception {
        RouterHarness<String> router = start(List.of(ORDERS));
        List<String> records = List.of(
                record("c", "null", row(7, "a")),
                record("u", row(7, "a"), row(7, "b")),
                record("u", "null", row(7, "b")),
                record("d", row(7, "b"), "null"),
                record("r", "null", row(7, "é")));
        for (String record : records) {
            router.feed(record);
        }
        assertThat(router.rows())
                .extracting(ShuffleRecord::slot)
                .hasSize(5)
                .containsOnly(router.rows().get(0).slot());
        assertThat(router.rows())
                .extracting(DebeziumRouterTest::text)
                .isEqualTo(records.stream().map(record -> "\0" + record).collect(Collectors.toList()));
        assertThat(router.tables()).hasSize(1).allSatisfy(message -> {
            assertThat(message.form().table()).isEqualTo(TableId.of("shop", "orders"));
            assertThat(message.form().spec()).contains("record.format=debezium-json\n", "load_mode=merge\n", "key=0\n");
        });
        assertThat(slot(start(List.of(ORDERS)), record("c", "null", row(7, "a"))))
                .as("of another router")
                .isEqualTo(router.rows().get(0).slot());
    }

    @Test
    void keysSpreadOverTheSlotsAndEachSlotIsToldFirst() throws Exception {
        RouterHarness<String> router = start(List.of(ORDERS));
        for (int id = 0; id < 2_000; id++) {
            router.feed(record("c", "null", row(id, "x")));
        }
        router.assertEverySlotKnowsItsRows();
        assertThat(router.tables()).hasSize(KeySlots.COUNT);
        RouterHarness<String> named = start(List.of(keyedByText()));
        for (int id = 0; id < 2_000; id++) {
            named.feed(record("c", "null", "{\"id\":" + id + ",\"name\":\"key " + id + "\"}"));
        }
        assertThat(named.tables()).as("keys of text do not share one slot").hasSize(KeySlots.COUNT);
    }

    @Test
    void keysOfTextThatAServerMayHoldForEqualShareASlot() throws Exception {
        RouterHarness<String> router = start(List.of(keyedByText()));
        Set<Integer> slots = new HashSet<>();
        for (String key : List.of("Ab", "AB", "ab  ", "a-b", "\\u0061b")) {
            slots.add(slot(router, record("c", "null", "{\"id\":1,\"name\":\"" + key + "\"}")));
        }
        assertThat(slots).hasSize(1);
    }

    @Test
    void anUpdateThatMovesItsKeyIsRemovedInTheOldSlotAndPutInTheNewOne() throws Exception {
        RouterHarness<String> router = start(List.of(ORDERS));
        Map<Integer, Integer> slots = new HashMap<>();
        for (int id = 0; id < 300; id++) {
            slots.put(id, slot(router, record("c", "null", row(id, "x"))));
        }
        int moved = 0;
        int stayed = 0;
        for (int id = 1; id < 300; id++) {
            router.messages.clear();
            String record = record("u", row(id - 1, "x"), row(id, "x"));
            router.feed(record);
            if (slots.get(id - 1).equals(slots.get(id))) {
                stayed++;
                assertThat(router.rows()).extracting(DebeziumRouterTest::text).containsExactly("\0" + record);
            } else {
                moved++;
                assertThat(router.rows())
                        .extracting(DebeziumRouterTest::text)
                        .containsExactly("\1" + record, "\2" + record);
                assertThat(router.rows())
                        .extracting(ShuffleRecord::slot)
                        .containsExactly(slots.get(id - 1), slots.get(id));
            }
        }
        assertThat(moved).isPositive();
        assertThat(stayed).isPositive();
    }

    @Test
    void aDeleteWithoutTheRowGoesWithItsKeyToTheKeysSlot() throws Exception {
        DebeziumConverter<String> withKey = new DebeziumConverter<>() {
            private static final long serialVersionUID = 1L;

            @Override
            public byte[] value(String element) {
                return element.substring(element.indexOf('|') + 1).getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public byte[] key(String element) {
                return element.substring(0, element.indexOf('|')).getBytes(StandardCharsets.UTF_8);
            }
        };
        RouterHarness<String> router = start(withKey, TargetNaming.schemaForEachDatabase(), List.of(ORDERS), List.of());
        router.feed("{\"id\":7}|" + record("c", "null", row(7, "x")));
        String delete = record("d", "null", "null");
        router.feed("{\"id\":7}|" + delete);
        router.feed("{\"id\":7}|");
        assertThat(router.rows())
                .hasSize(2)
                .extracting(ShuffleRecord::slot)
                .containsOnly(router.rows().get(0).slot());
        assertThat(text(router.rows().get(1))).isEqualTo("\3\10\0\0\0{\"id\":7}" + delete);
        assertPermanent(() -> start(List.of(ORDERS)).feed(delete), "shop.orders");
    }

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

    @Test
    void shardsOfATableKeepAKeyTogether() throws Exception {
        TargetNaming one = (database, table) -> TableId.of("public", "orders");
        RouterHarness<String> router = start(
                DebeziumConverter.ofText(),
                one,
                List.of(
                        ORDERS,
                        SourceTable.of("shop", "shard")
                                .column("id", "int(11)", false)
                                .column("name", "varchar(20)", true)
                                .primaryKey("id")
                                .build()),
                List.of());
        for (int id = 0; id < 50; id++) {
            int slot = slot(router, record("c", "null", row(id, "x")));
            assertThat(slot(router, record("c", "null", row(id, "x")).replace("orders", "shard")))
                    .isEqualTo(slot);
        }
        assertThat(router.tables()).extracting(ShuffleRecord::source).contains("shop.orders", "shop.shard");
        Set<String> specs = new HashSet<>();
        for (ShuffleRecord message : router.tables()) {
            specs.add(message.form().spec());
        }
        assertThat(specs).as("equal columns are one form").hasSize(1);
        router.assertEverySlotKnowsItsRows();
    }

    @Test
    void whatIsNoRecordEndsTheJobWithoutAValue() throws Exception {
        RouterHarness<String> router = start(List.of(ORDERS));
        for (String bad : List.of(
                "{\"secret",
                record("c", "null", "{\"id\":\"secret\",\"name\":null}"),
                record("c", "null", "{\"id\":null,\"name\":\"secret\"}"),
                "{\"secret\":1}")) {
            assertPermanent(() -> router.feed(bad), "");
        }
    }

    @Test
    void aRecordThatIsTooLargeIsRefusedByTableAndColumn() throws Exception {
        RouterHarness<String> router = start(
                DebeziumConverter.ofText(),
                TargetNaming.schemaForEachDatabase(),
                List.of(ORDERS),
                List.of(),
                "sink.row.max-size",
                "2mb");
        String large = record("c", "null", row(1, "x".repeat(3 << 19)));
        router.feed(large);
        assertThat(text(router.rows().get(0))).isEqualTo("\0" + large);
        assertPermanent(
                () -> router.feed(record("c", "null", row(1, "secret".repeat(1 << 19)))),
                "table 'shop.orders', column \"name\"",
                "'sink.row.max-size'");
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

    private RouterHarness<String> start(List<SourceTable> tables) throws Exception {
        return start(DebeziumConverter.ofText(), TargetNaming.schemaForEachDatabase(), tables, List.of());
    }

    private RouterHarness<String> start(
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

    private static int slot(RouterHarness<String> router, String record) throws Exception {
        router.feed(record);
        return router.rows().get(router.rows().size() - 1).slot();
    }

    private static long skipped(RouterHarness<String> router) {
        return router.metrics.counters.get("pieclouddb.rowsSkipped").getCount();
    }

    private static String text(ShuffleRecord message) {
        return new String(message.image().toBytes(), StandardCharsets.UTF_8);
    }

    private static void assertPermanent(Feeding feeding, String... words) {
        assertThatThrownBy(feeding::run)
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("secret");
    }

    /** Something that a router should not take. */
    @FunctionalInterface
    private interface Feeding {
        void run() throws Exception;
    }
}
