package com.pieclouddb.flink.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.SourceTable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A definition in a checkpoint is read back as it was. */
class SourceTableStateTest {

    private static final SourceTable TABLE = SourceTable.of("sh.op", "名前 \"'")
            .column("id", "bigint(20) unsigned", false, "the\nkey")
            .column("kind", "enum('a','b')", true)
            .primaryKey("kind", "id")
            .comment("all")
            .build();

    @Test
    void aDefinitionComesBackWhole() throws IOException {
        SourceTableState read = SourceTableState.fromBytes(told(TABLE, 42).toBytes());
        assertThat(read.table()).isEqualTo(TABLE);
        assertThat(read.changedAt()).isEqualTo(42);
        SourceTable bare = SourceTable.of("d", "t").column("x", "int", true).build();
        assertThat(SourceTableState.fromBytes(SourceTableState.given(bare, 7).toBytes())
                        .table())
                .isEqualTo(bare);
    }

    @Test
    void theLaterOneCounts() {
        SourceTableState older = told(TABLE, 1);
        SourceTableState newer = told(TABLE, 2);
        assertThat(older.later(newer)).isSameAs(newer).isSameAs(newer.later(older));
    }

    @Test
    void anotherVersionIsRefusedByItsNumber() throws IOException {
        byte[] bytes = told(TABLE, 1).toBytes();
        bytes[3] = 9;
        assertThatThrownBy(() -> SourceTableState.fromBytes(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 9");
    }

    @Test
    void aJobThatIsPlannedAnewKnowsWhatBecameOfTheColumns() throws IOException {
        SourceTableState state = copy(SourceTableState.given(columns("id", "a"), 1));
        SourceTableState behind = state.before(columns("id", "a", "b", "c"), 2);
        assertThat(behind.added()).containsExactly("b", "c");
        assertThat(behind.dropped()).isEmpty();
        assertThat(behind.table()).as("the rows of before are still to come").isEqualTo(columns("id", "a"));
        assertThat(state.before(columns("id"), 2).dropped()).containsExactly("a");
        assertThat(state.before(columns("id"), 2).added()).isEmpty();
    }

    @Test
    void aRestartAndAStaleDefinitionSayNothing() throws IOException {
        SourceTableState state = copy(SourceTableState.told(
                columns("id", "later"), Map.of(), 5, SourceTableState.given(columns("id"), 1), 1));
        for (SourceTableState known : List.of(
                state.before(columns("id"), 1),
                state.before(columns("id"), 0),
                state.before(columns("id", "renamed"), 2))) {
            assertThat(known.dropped()).isEmpty();
            assertThat(known.added()).isEmpty();
        }
    }

    @Test
    void whatTheStreamTellsEndsIt() throws IOException {
        SourceTableState behind =
                copy(SourceTableState.given(columns("id", "a"), 1).before(columns("id", "a", "b", "c"), 2));
        SourceTableState first = copy(SourceTableState.told(columns("id", "a", "b"), Map.of(), 5, behind, 2))
                .before(columns("id", "a", "b", "c"), 2);
        assertThat(first.added()).as("also of a restart in between").containsExactly("c");
        SourceTableState second = SourceTableState.told(columns("id", "a", "b", "c"), Map.of(), 6, first, 2);
        assertThat(second.added()).isEmpty();
        assertThat(SourceTableState.told(columns("id", "a"), Map.of(), 7, second, 2)
                        .added())
                .as("dropped while it is followed")
                .isEmpty();
        SourceTableState narrowed = SourceTableState.told(
                columns("id"),
                Map.of(),
                5,
                SourceTableState.given(columns("id", "a"), 1).before(columns("id"), 2),
                2);
        assertThat(SourceTableState.told(columns("id", "a"), Map.of(), 6, narrowed, 2)
                        .dropped())
                .as("added again")
                .isEmpty();
    }

    @Test
    void theFirstVersionIsRead() throws IOException {
        byte[] second = told(TABLE, 42).toBytes();
        byte[] first = Arrays.copyOf(second, second.length - 4 * Integer.BYTES - Long.BYTES);
        first[3] = 1;
        SourceTableState read = SourceTableState.fromBytes(first);
        assertThat(read.table()).isEqualTo(TABLE);
        assertThat(read.changedAt()).isEqualTo(42);
    }

    @Test
    void theSecondVersionIsRead() throws IOException {
        byte[] third = copy(SourceTableState.given(columns("id", "a"), 1).before(columns("id", "a", "b"), 2))
                .toBytes();
        byte[] second = Arrays.copyOf(third, third.length - 2 * Integer.BYTES);
        second[3] = 2;
        SourceTableState read = SourceTableState.fromBytes(second);
        assertThat(read.added()).containsExactly("b");
        assertThat(read.inOldRows()).isEmpty();
    }

    @Test
    void theValueOfRowsThatWereThereIsThatOfTheChangeWhichAddedTheColumn() throws IOException {
        SourceTableState given = SourceTableState.given(columns("id"), 1);
        SourceTableState added = copy(SourceTableState.told(columns("id", "a"), Map.of("a", "7"), 1, given, 1));
        assertThat(added.inOldRows()).containsExactly(Map.entry("a", "7"));
        SourceTableState later =
                copy(SourceTableState.told(columns("id", "a", "b"), Map.of("a", "8", "b", ""), 2, added, 1));
        assertThat(later.inOldRows()).containsOnly(Map.entry("a", "7"), Map.entry("b", ""));
        SourceTableState dropped = SourceTableState.told(columns("id", "b"), Map.of(), 3, later, 1);
        assertThat(dropped.inOldRows()).containsExactly(Map.entry("b", ""));
        assertThat(SourceTableState.told(columns("id", "a"), Map.of("a", "9"), 4, dropped, 1)
                        .inOldRows())
                .containsExactly(Map.entry("a", "9"));
        assertThat(SourceTableState.told(columns("id", "a"), Map.of("a", "7"), 1, null, 1)
                        .inOldRows())
                .as("of a table that is new")
                .isEmpty();
    }

    private static SourceTableState told(SourceTable table, long at) {
        return SourceTableState.told(table, Map.of(), at, null, 3);
    }

    private static SourceTableState copy(SourceTableState known) throws IOException {
        return SourceTableState.fromBytes(known.toBytes());
    }

    private static SourceTable columns(String... names) {
        SourceTable.Builder table = SourceTable.of("shop", "t");
        for (String name : names) {
            table.column(name, "int", !name.equals("id"));
        }
        return table.primaryKey("id").build();
    }
}
