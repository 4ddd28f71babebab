package com.pieclouddb.flink.internal.shuffle;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.internal.Plans;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** Keys that the server may hold for equal share a slot, and slots spread evenly over any number of writers. */
class KeySlotsTest {

    @Test
    void eachSlotIsItsOwnKeyGroupAtFlinksUsualMaxParallelism() {
        for (int slot = 0; slot < KeySlots.COUNT; slot++) {
            assertThat(KeyGroupRangeAssignment.assignToKeyGroup(KeySlots.groupKey(slot), 128))
                    .isEqualTo(slot);
        }
    }

    @Test
    void consecutiveKeysFillAllSlotsEvenly() {
        int[] rows = new int[KeySlots.COUNT];
        KeySlots slots = slots(DataTypes.BIGINT());
        for (long id = 0; id < 128_000; id++) {
            rows[slots.slot(GenericRowData.of(id))]++;
        }
        assertThat(Arrays.stream(rows).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(800, 1200));
    }

    @Test
    void formsOfOneUuidShareASlot() {
        assertSameSlot(
                DataTypes.STRING(),
                StringData.fromString("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
                StringData.fromString("{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}"),
                StringData.fromString("a0eebc999c0b4ef8bb6d6bb9bd380a11"));
    }

    @Test
    void trailingBlanksAndCaseShareASlot() {
        assertSameSlot(DataTypes.CHAR(5), StringData.fromString("ab"), StringData.fromString("AB   "));
    }

    @Test
    void aKeyWithNullCharactersSharesTheSlotOfWhatItBecomes() {
        assertSameSlot(
                DataTypes.STRING(),
                StringData.fromString("你ab"),
                StringData.fromString("你a\0b"),
                StringData.fromString("\0你ab\0"),
                StringData.fromString("你a\uFFFDb"),
                StringData.fromString("\uFFFD\uFFFD你ab\uFFFD"));
        for (String other : new String[] {"你a\uFFFCb", "你a\uFF3Db", "你a\u57FDb"}) {
            assertThat(slot(DataTypes.STRING(), StringData.fromString(other)))
                    .as("its bytes in other characters count: %s", other)
                    .isNotEqualTo(slot(DataTypes.STRING(), StringData.fromString("你ab")));
        }
    }

    @Test
    void otherScriptsCount() {
        assertThat(slot(DataTypes.STRING(), StringData.fromString("键一")))
                .isNotEqualTo(slot(DataTypes.STRING(), StringData.fromString("键二")));
    }

    @Test
    void zerosAndNansShareASlot() {
        assertSameSlot(DataTypes.DOUBLE(), 0.0, -0.0);
        assertSameSlot(DataTypes.FLOAT(), 0.0f, -0.0f);
        assertSameSlot(DataTypes.DOUBLE(), Double.NaN, Double.longBitsToDouble(0xfff8000000000001L));
        assertSameSlot(DataTypes.FLOAT(), Float.NaN, Float.intBitsToFloat(0xffc00001));
    }

    @Test
    void nanosecondsBelowTheServersMicrosecondsDoNotCount() {
        assertSameSlot(
                DataTypes.TIMESTAMP(9),
                TimestampData.fromEpochMillis(-1, 1_000),
                TimestampData.fromEpochMillis(-1, 1_999));
        assertThat(slot(DataTypes.TIMESTAMP(9), TimestampData.fromEpochMillis(5, 1_000)))
                .isNotEqualTo(slot(DataTypes.TIMESTAMP(9), TimestampData.fromEpochMillis(5, 2_000)));
    }

    @Test
    void decimalsAreTakenAtTheColumnsScale() {
        DataType type = DataTypes.DECIMAL(30, 4);
        assertSameSlot(
                type,
                DecimalData.fromBigDecimal(new BigDecimal("1.5"), 30, 1),
                DecimalData.fromBigDecimal(new BigDecimal("1.5000"), 30, 4));
    }

    @Test
    void aKeyKeepsItsSlotWhenItsColumnIsWidened() {
        for (int value : new int[] {-128, -5, -1, 0, 7, 100, 127}) {
            BigDecimal decimal = BigDecimal.valueOf(value);
            assertSameSlot(new Object[][] {
                {DataTypes.TINYINT(), (byte) value},
                {DataTypes.SMALLINT(), (short) value},
                {DataTypes.INT(), value},
                {DataTypes.BIGINT(), (long) value},
                {DataTypes.FLOAT(), (float) value},
                {DataTypes.DOUBLE(), (double) value},
                {DataTypes.DECIMAL(10, 0), DecimalData.fromBigDecimal(decimal, 10, 0)},
                {DataTypes.DECIMAL(12, 2), DecimalData.fromBigDecimal(decimal, 12, 2)},
                {DataTypes.DECIMAL(38, 30), DecimalData.fromBigDecimal(decimal, 38, 30)},
            });
        }
        for (long value : new long[] {Long.MIN_VALUE, 4_000_000_000L, -1_000_000_000_000_000_000L, Long.MAX_VALUE}) {
            assertSameSlot(new Object[][] {
                {DataTypes.BIGINT(), value},
                {DataTypes.DECIMAL(20, 0), DecimalData.fromBigDecimal(BigDecimal.valueOf(value), 20, 0)},
                {DataTypes.DECIMAL(38, 9), DecimalData.fromBigDecimal(BigDecimal.valueOf(value), 38, 9)}
            });
        }
        assertSameSlot(new Object[][] {{DataTypes.BOOLEAN(), true}, {DataTypes.TINYINT(), (byte) 1}});
        assertSameSlot(new Object[][] {{DataTypes.FLOAT(), 0.1f}, {DataTypes.DOUBLE(), (double) 0.1f}});
        assertSameSlot(new Object[][] {{DataTypes.DOUBLE(), 1e300}, {DataTypes.DOUBLE(), 1e300}});
        assertSameSlot(new Object[][] {
            {DataTypes.DECIMAL(10, 2), DecimalData.fromBigDecimal(new BigDecimal("100.50"), 10, 2)},
            {DataTypes.DECIMAL(38, 9), DecimalData.fromBigDecimal(new BigDecimal("100.50"), 38, 9)}
        });
        BigDecimal large = new BigDecimal("12345678901234567890123456789");
        assertSameSlot(new Object[][] {
            {DataTypes.DECIMAL(29, 0), DecimalData.fromBigDecimal(large, 29, 0)},
            {DataTypes.DECIMAL(38, 5), DecimalData.fromBigDecimal(large, 38, 5)}
        });
        assertSameSlot(new Object[][] {
            {DataTypes.DATE(), -3},
            {DataTypes.TIMESTAMP(0), TimestampData.fromEpochMillis(-3 * 86_400_000L)},
            {DataTypes.TIMESTAMP(6), TimestampData.fromEpochMillis(-3 * 86_400_000L)}
        });
        assertSameSlot(new Object[][] {
            {DataTypes.TIMESTAMP(3), TimestampData.fromEpochMillis(-5)},
            {DataTypes.TIMESTAMP(9), TimestampData.fromEpochMillis(-5)},
            {DataTypes.TIMESTAMP_LTZ(6), TimestampData.fromEpochMillis(-5)}
        });
        assertSameSlot(new Object[][] {
            {DataTypes.CHAR(4), StringData.fromString("ab  ")},
            {DataTypes.VARCHAR(9), StringData.fromString("ab")},
            {DataTypes.STRING(), StringData.fromString("ab")}
        });
        assertSameSlot(new Object[][] {
            {DataTypes.BINARY(2), new byte[] {-1, 1}},
            {DataTypes.BINARY(4), new byte[] {-1, 1, 0, 0}},
            {DataTypes.BYTES(), new byte[] {-1, 1}}
        });
    }

    @Test
    void fractionsSpread() {
        KeySlots decimals = slots(DataTypes.DECIMAL(20, 4));
        KeySlots doubles = slots(DataTypes.DOUBLE());
        assertThat(IntStream.range(0, 2_000)
                        .map(i -> decimals.slot(
                                GenericRowData.of(DecimalData.fromBigDecimal(BigDecimal.valueOf(i, 4), 20, 4))))
                        .distinct()
                        .count())
                .isGreaterThan(120);
        assertThat(IntStream.range(0, 2_000)
                        .map(i -> doubles.slot(GenericRowData.of(i + 0.25)))
                        .distinct()
                        .count())
                .isGreaterThan(120);
    }

    @Test
    void aTablesSeedSpreadsItsKeysAnotherWay() {
        KeySlots one = new KeySlots(Plans.STUDENT, new int[] {0}, 1);
        KeySlots two = new KeySlots(Plans.STUDENT, new int[] {0}, 2);
        assertThat(Arrays.stream(new int[] {1, 2, 3, 4, 5})
                        .map(id -> one.slot(GenericRowData.of(id, null, null)))
                        .toArray())
                .isNotEqualTo(Arrays.stream(new int[] {1, 2, 3, 4, 5})
                        .map(id -> two.slot(GenericRowData.of(id, null, null)))
                        .toArray());
    }

    @Test
    void theRowKindAndTheRowsClassDoNotCount() {
        RowType rowType = Plans.STUDENT;
        KeySlots slots = new KeySlots(rowType, new int[] {1, 0}, 0);
        GenericRowData row = GenericRowData.of(7, StringData.fromString("seven and a long tail"), null);
        int slot = slots.slot(row);
        RowData binary = new RowDataSerializer(rowType).toBinaryRow(row);
        assertThat(slots.slot(binary)).isEqualTo(slot);
        for (RowKind kind : RowKind.values()) {
            row.setRowKind(kind);
            assertThat(slots.slot(row)).isEqualTo(slot);
        }
    }

    @Test
    void slotsAreShippedWithTheJob() throws Exception {
        KeySlots slots = new KeySlots(Plans.STUDENT, new int[] {1, 0}, 3);
        GenericRowData row = GenericRowData.of(7, StringData.fromString("seven"), null);
        assertThat(InstantiationUtil.clone(slots).slot(row)).isEqualTo(slots.slot(row));
    }

    @Test
    void columnsOutsideTheKeyDoNotCount() {
        KeySlots slots = new KeySlots(Plans.STUDENT, new int[] {0}, 0);
        assertThat(slots.slot(GenericRowData.of(7, StringData.fromString("a"), 1)))
                .isEqualTo(slots.slot(GenericRowData.of(7, null, 2)));
    }

    @Test
    void aNullInTheKeyHasASlotToo() {
        assertThat(slot(DataTypes.STRING(), new Object[] {null})).isBetween(0, 127);
    }

    private static void assertSameSlot(DataType type, Object... values) {
        for (Object value : values) {
            assertThat(slot(type, value)).as("%s", value).isEqualTo(slot(type, values[0]));
        }
    }

    /** Pairs of type and value: as a key alone, and on either side of another key column. */
    private static void assertSameSlot(Object[][] forms) {
        for (int[] key : new int[][] {{0}, {0, 1}, {1, 0}}) {
            assertThat(Arrays.stream(forms)
                            .map(form -> new KeySlots(
                                            RowType.of(
                                                    ((DataType) form[0]).getLogicalType(),
                                                    DataTypes.STRING().getLogicalType()),
                                            key,
                                            7)
                                    .slot(GenericRowData.of(form[1], StringData.fromString("x"))))
                            .distinct())
                    .as("slots of %s by key %s", Arrays.deepToString(forms), Arrays.toString(key))
                    .hasSize(1);
        }
    }

    private static int slot(DataType type, Object... value) {
        return slots(type).slot(GenericRowData.of(value));
    }

    private static KeySlots slots(DataType type) {
        return new KeySlots(RowType.of(type.getLogicalType()), new int[] {0}, 0);
    }
}
