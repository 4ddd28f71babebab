package com.pieclouddb.flink.internal.router;

import static com.pieclouddb.flink.internal.router.ShopRecords.keyedByText;
import static com.pieclouddb.flink.internal.router.ShopRecords.record;
import static com.pieclouddb.flink.internal.router.ShopRecords.row;
import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Records of Debezium find the slot of their key, and their table's definition goes before them. */
class DebeziumRouterTest extends DebeziumRouterFixture {

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
}
