package com.pieclouddb.flink.internal.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.row.RowImages;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

/** Changes of a key share a slot, and no slot sees a row whose table it was not told. */
class ChangeRouterTest {

    private static final TableId STUDENT = TableId.of("public", "student");
    private static final TableId COURSE = TableId.of("public", "course");
    private static final TableSchema KEYED = TableSchema.of(Plans.STUDENT, "id");
    private static final TableSchema KEYLESS = TableSchema.of(Plans.STUDENT);
    private static final TableSchema WIDER = TableSchema.of(
            (RowType) DataTypes.ROW(
                            DataTypes.FIELD("id", DataTypes.BIGINT().notNull()),
                            DataTypes.FIELD("name", DataTypes.STRING()),
                            DataTypes.FIELD("score", DataTypes.INT()),
                            DataTypes.FIELD("more", DataTypes.INT()))
                    .getLogicalType(),
            "id");

    @Test
    void allKindsOfChangesOfAKeyShareASlotAndTheRowsImageIsTheRow() throws Exception {
        RouterFixture router = RouterFixture.start().feed(TableChange.schema(STUDENT, KEYED));
        for (RowKind kind : RowKind.values()) {
            GenericRowData row = row(7, "of kind " + kind);
            row.setRowKind(kind);
            router.feed(TableChange.row(STUDENT, row));
            assertThat(rows(router))
                    .last()
                    .satisfies(message -> assertThat(message.image().toBytes())
                            .isEqualTo(new RowImages(Plans.STUDENT).of(row).toBytes()));
        }
        assertThat(rows(router))
                .extracting(ShuffleRecord::slot)
                .hasSize(4)
                .containsOnly(rows(router).get(0).slot());
        assertThat(rows(router))
                .extracting(m -> m.image().toBytes()[0])
                .containsExactly((byte) 0, (byte) 1, (byte) 2, (byte) 3);
    }

    @Test
    void everyRouterRoutesAKeyAlike() throws Exception {
        for (int id = 0; id < 100; id++) {
            Set<Integer> slots = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                slots.add(rows(RouterFixture.start()
                                .feed(TableChange.schema(STUDENT, KEYED), TableChange.row(STUDENT, row(id, "x" + i))))
                        .get(0)
                        .slot());
            }
            assertThat(slots).hasSize(1);
        }
    }

    @Test
    void equalKeysOfManyTablesDoNotShareOneSlot() throws Exception {
        RouterFixture router = RouterFixture.start();
        for (int i = 0; i < 200; i++) {
            TableId table = TableId.of("public", "t" + i);
            router.feed(TableChange.schema(table, KEYED), TableChange.row(table, row(1, "x")));
        }
        assertThat(rows(router))
                .extracting(ShuffleRecord::slot)
                .satisfies(slots -> assertThat(new HashSet<>(slots).size()).isGreaterThan(60));
    }

    @Test
    void eachSlotIsToldATableOnceAndBeforeItsFirstRow() throws Exception {
        RouterFixture router =
                RouterFixture.start().feed(TableChange.schema(STUDENT, KEYED), TableChange.schema(COURSE, KEYED));
        assertThat(router.messages).as("a slot without rows is told nothing").isEmpty();
        for (int id = 0; id < 2_000; id++) {
            router.feed(TableChange.row(id % 2 == 0 ? STUDENT : COURSE, row(id, "x")));
        }
        router.assertEverySlotKnowsItsRows();
        assertThat(tables(router)).hasSizeLessThanOrEqualTo(2 * KeySlots.COUNT).hasSizeGreaterThan(KeySlots.COUNT);
        assertThat(tables(router)).extracting(m -> m.slot() + " " + m.number()).doesNotHaveDuplicates();
    }

    @Test
    void aKnownSchemaAgainIsNoChange() throws Exception {
        RouterFixture router = RouterFixture.start();
        for (int i = 0; i < 3; i++) {
            router.feed(
                    TableChange.schema(STUDENT, TableSchema.of(Plans.STUDENT, "id")),
                    TableChange.row(STUDENT, row(7, "x")));
        }
        assertThat(tables(router)).hasSize(1);
    }

    @Test
    void aChangedSchemaIsToldBeforeTheNextRowAndAWidenedKeyKeepsItsSlot() throws Exception {
        RouterFixture router = RouterFixture.start().feed(TableChange.schema(STUDENT, KEYED));
        for (int id = -100; id < 100; id++) {
            router.feed(TableChange.row(STUDENT, row(id, "x")));
        }
        List<Integer> before = slots(router);
        router.messages.clear();
        router.feed(TableChange.schema(STUDENT, WIDER));
        for (long id = -100; id < 100; id++) {
            router.feed(TableChange.row(STUDENT, GenericRowData.of(id, null, null, 1)));
        }
        router.assertEverySlotKnowsItsRows();
        assertThat(tables(router)).allSatisfy(m -> assertThat(m.form().spec()).contains("column.3.name=more"));
        assertThat(slots(router)).isEqualTo(before);
    }

    @Test
    void aRowWithoutASchemaOrOfAnotherWidthEndsTheJob() throws Exception {
        RouterFixture router = RouterFixture.start();
        assertPermanent(
                () -> router.feed(TableChange.row(STUDENT, row(7, "secret"))),
                "public.student",
                "TableChange.schema(...) before the first row");
        RouterFixture other = RouterFixture.start().feed(TableChange.schema(STUDENT, WIDER));
        assertPermanent(
                () -> other.feed(TableChange.row(STUDENT, row(7, "secret"))),
                "public.student",
                "has 3 columns",
                "last schema has 4");
    }

    @Test
    void aValueOfAnotherTypeThanTheSchemasEndsTheJobByTable() throws Exception {
        RouterFixture router = RouterFixture.start().feed(TableChange.schema(STUDENT, KEYED));
        for (GenericRowData row :
                List.of(GenericRowData.of("secret", null, null), GenericRowData.of(1, "secret", null))) {
            assertPermanent(
                    () -> router.feed(TableChange.row(STUDENT, row)), "public.student", "value of another type");
        }
    }

    @Test
    void aDeletedRowMayHoldItsKeyOnly() throws Exception {
        TableSchema strict = TableSchema.of(
                (RowType) DataTypes.ROW(
                                DataTypes.FIELD("id", DataTypes.INT().notNull()),
                                DataTypes.FIELD("score", DataTypes.INT().notNull()))
                        .getLogicalType(),
                "id");
        RouterFixture router = RouterFixture.start()
                .feed(
                        TableChange.schema(STUDENT, strict),
                        TableChange.row(STUDENT, GenericRowData.ofKind(RowKind.DELETE, 7, null)));
        assertThat(rows(router)).singleElement().satisfies(message -> {
            assertThat(message.image().toBytes()[0]).isEqualTo(RowKind.DELETE.toByteValue());
            assertThat(message.image().toBytes()[1])
                    .as("null bits of the columns")
                    .isEqualTo((byte) 2);
        });
    }

    @Test
    void aFailureThatTheConverterSwallowsStillEndsTheJob() throws Exception {
        RouterFixture router = RouterFixture.with(
                (changes, out) -> {
                    try {
                        changes.forEach(out);
                    } catch (RuntimeException swallowed) {
                        // As a converter that skips what it cannot read.
                    }
                },
                List.of());
        assertPermanent(() -> router.feed(TableChange.row(STUDENT, row(7, "x"))), "public.student");
    }

    @Test
    void aChangeAfterTheCallIsRefused() throws Exception {
        List<Consumer<TableChange>> kept = new ArrayList<>();
        RouterFixture router = RouterFixture.with((changes, out) -> kept.add(out), List.of());
        router.feed();
        assertThatThrownBy(() -> kept.get(0).accept(TableChange.schema(STUDENT, KEYED)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after its call had ended");
    }

    @Test
    void afterARestartTheNewestSchemaOfEachTableIsKnownAndToldAnew() throws Exception {
        RouterFixture older =
                RouterFixture.start().feed(TableChange.schema(STUDENT, KEYED), TableChange.schema(COURSE, KEYED));
        RouterFixture newer = RouterFixture.restore(older.snapshot()).feed(TableChange.schema(STUDENT, WIDER));
        for (boolean olderFirst : new boolean[] {true, false}) {
            List<byte[]> union = new ArrayList<>(olderFirst ? older.snapshot() : newer.snapshot());
            union.addAll(olderFirst ? newer.snapshot() : older.snapshot());
            RouterFixture restored = RouterFixture.restore(union);
            restored.feed(
                    TableChange.row(STUDENT, GenericRowData.of(7L, null, null, 1)),
                    TableChange.row(COURSE, row(7, "x")));
            restored.assertEverySlotKnowsItsRows();
            assertThat(tables(restored))
                    .extracting(message -> message.form().table())
                    .containsExactly(STUDENT, COURSE);
            assertThat(restored.feed(
                                    TableChange.schema(STUDENT, WIDER),
                                    TableChange.row(STUDENT, GenericRowData.of(7L, null, null, 1)))
                            .messages)
                    .as("an equal schema is not told again")
                    .hasSize(5);
        }
    }

    @Test
    void aTableWithoutAKeyIsRefusedUnlessTheOptionsSayMore() throws Exception {
        assertPermanent(
                () -> RouterFixture.start().feed(TableChange.schema(STUDENT, KEYLESS)),
                "public.student",
                "no primary key",
                "'sink.table-without-key' to 'append'",
                "'skip'");

        RouterFixture skipping = RouterFixture.start("sink.table-without-key", "skip")
                .feed(TableChange.schema(STUDENT, KEYLESS), TableChange.row(STUDENT, row(1, "x")))
                .feed(TableChange.schema(COURSE, KEYED), TableChange.row(COURSE, row(1, "x")));
        assertThat(rows(skipping)).hasSize(1);
        assertThat(tables(skipping))
                .extracting(message -> message.form().table())
                .containsExactly(COURSE);
        assertThat(skipping.metrics.counters.get("pieclouddb.rowsSkipped").getCount())
                .isEqualTo(1);
    }

    @Test
    void rowsWithoutAKeyThatCountsSpreadEvenly() throws Exception {
        for (RouterFixture router : List.of(
                RouterFixture.start("sink.table-without-key", "append").feed(TableChange.schema(STUDENT, KEYLESS)),
                RouterFixture.start("load_mode", "append").feed(TableChange.schema(STUDENT, KEYED)))) {
            for (int i = 0; i < 10 * KeySlots.COUNT; i++) {
                router.feed(TableChange.row(STUDENT, row(1, "x")));
            }
            Map<Integer, Integer> perSlot = new HashMap<>();
            rows(router).forEach(m -> perSlot.merge(m.slot(), 1, Integer::sum));
            assertThat(perSlot.values()).hasSize(KeySlots.COUNT).containsOnly(10);
            router.assertEverySlotKnowsItsRows();
            assertThat(tables(router))
                    .allSatisfy(m -> assertThat(m.form().spec()).contains("load_mode=append\n", "key=\n"));
        }
    }

    @Test
    void theSinksOwnDatabaseMayBeNamedAndAnotherIsRefused() throws Exception {
        RouterFixture router = RouterFixture.start()
                .feed(
                        TableChange.schema(TableId.of("demo", "public", "student"), KEYED),
                        TableChange.row(STUDENT, row(1, "x")),
                        TableChange.row(TableId.of("", "public", "student"), row(1, "x")));
        assertThat(tables(router)).extracting(message -> message.form().table()).containsExactly(STUDENT);
        assertPermanent(
                () -> router.feed(TableChange.schema(TableId.of("other", "public", "student"), KEYED)),
                "'other.public.student' is of another database",
                "'database-name' = 'demo'");
    }

    @Test
    void unsupportedTypesAreRefusedByTableAndColumn() throws Exception {
        RowType rowType = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("id", DataTypes.INT().notNull()),
                        DataTypes.FIELD("tags", DataTypes.ARRAY(DataTypes.NULL())))
                .getLogicalType();
        assertPermanent(
                () -> RouterFixture.start().feed(TableChange.schema(STUDENT, TableSchema.of(rowType, "id"))),
                "public.student",
                "'tags' ARRAY<NULL>");
    }

    @Test
    void aRowThatIsTooLargeIsRefusedByTable() throws Exception {
        RouterFixture router = RouterFixture.start("sink.row.max-size", "1kb")
                .feed(TableChange.schema(STUDENT, KEYED), TableChange.row(STUDENT, row(1, "x".repeat(900))));
        assertThat(rows(router)).hasSize(1);
        assertPermanent(
                () -> router.feed(TableChange.row(STUDENT, row(1, "secret".repeat(200)))),
                "table 'public.student': a row of",
                "'sink.row.max-size' = 1024 bytes");
    }

    @Test
    void aTableIsToldTheCreationOptionsThatAreForIt() throws Exception {
        String fillfactor = "table.create.properties.fillfactor";
        RouterFixture router = RouterFixture.start(
                        "sink.create-table.enabled",
                        "true",
                        fillfactor,
                        "70",
                        "public\\.stu.*:" + fillfactor,
                        "80",
                        "co:" + fillfactor,
                        "90",
                        "c.*e:" + fillfactor,
                        "100",
                        "c[ou]r*se?:" + fillfactor,
                        "60")
                .feed(
                        TableChange.schema(STUDENT, KEYED), TableChange.row(STUDENT, row(1, "a")),
                        TableChange.schema(TableId.of("public", "co"), KEYED),
                                TableChange.row(TableId.of("public", "co"), row(1, "a")));
        assertThat(tables(router))
                .extracting(message -> message.form()
                        .spec()
                        .lines()
                        .filter(line -> line.contains(fillfactor))
                        .collect(Collectors.joining()))
                .containsExactly(fillfactor + "=80", fillfactor + "=90");
        assertPermanent(
                () -> router.feed(TableChange.schema(TableId.of("public", "curse"), KEYED)),
                "table 'public.curse' is matched by",
                "'c.*e:",
                "'c[ou]r*se?:");
    }

    private static void assertPermanent(Feeding feeding, String... words) {
        assertThatThrownBy(feeding::run)
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("secret");
    }

    private static List<ShuffleRecord> rows(RouterFixture router) {
        return router.messages.stream().filter(ShuffleRecord::isRow).collect(Collectors.toList());
    }

    private static List<ShuffleRecord> tables(RouterFixture router) {
        return router.messages.stream().filter(m -> !m.isRow()).collect(Collectors.toList());
    }

    private static List<Integer> slots(RouterFixture router) {
        return rows(router).stream().map(ShuffleRecord::slot).collect(Collectors.toList());
    }

    private static GenericRowData row(int id, String name) {
        return GenericRowData.of(id, StringData.fromString(name), null);
    }

    /** Something that a router should not take. */
    @FunctionalInterface
    private interface Feeding {
        void run() throws Exception;
    }
}
