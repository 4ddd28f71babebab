package com.pieclouddb.flink.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.SourceTable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A definition in a checkpoint is read back as it was. */
class KnownSourceTest {

    private static final SourceTable TABLE = SourceTable.of("sh.op", "名前 \"'")
            .column("id", "bigint(20) unsigned", false, "the\nkey")
            .column("kind", "enum('a','b')", true)
            .primaryKey("kind", "id")
            .comment("all")
            .build();

    @Test
    void aDefinitionComesBackWhole() throws IOException {
        KnownSource read = KnownSource.fromBytes(told(TABLE, 42).toBytes());
        assertThat(read.table()).isEqualTo(TABLE);
        assertThat(read.changedAt()).isEqualTo(42);
        SourceTable bare = SourceTable.of("d", "t").column("x", "int", true).build();
        assertThat(KnownSource.fromBytes(KnownSource.given(bare, 7).toBytes()).table())
                .isEqualTo(bare);
    }

    @Test
    void theLaterOneCounts() {
        KnownSource older = told(TABLE, 1);
        KnownSource newer = told(TABLE, 2);
        assertThat(older.later(newer)).isSameAs(newer).isSameAs(newer.later(older));
    }

    @Test
    void anotherVersionIsRefusedByItsNumber() throws IOException {
        byte[] bytes = told(TABLE, 1).toBytes();
        bytes[3] = 9;
        assertThatThrownBy(() -> KnownSource.fromBytes(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 9");
    }

    @Test
    void aJobThatIsPlannedAnewKnowsWhatBecameOfTheColumns() throws IOException {
        KnownSource state = copy(KnownSource.given(columns("id", "a"), 1));
        KnownSource behind = state.before(columns("id", "a", "b", "c"), 2);
        assertThat(behind.added()).containsExactly("b", "c");
        assertThat(behind.dropped()).isEmpty();
        assertThat(behind.table()).as("the rows of before are still to come").isEqualTo(columns("id", "a"));
        assertThat(state.before(columns("id"), 2).dropped()).containsExactly("a");
        assertThat(state.before(columns("id"), 2).added()).isEmpty();
    }

    @Test
    void aRestartAndAStaleDefinitionSayNothing() throws IOException {
        KnownSource state = copy(KnownSource.told(columns("id", "later"), 5, KnownSource.given(columns("id"), 1), 1));
        for (KnownSource known : List.of(
                state.before(columns("id"), 1),
                state.before(columns("id"), 0),
                state.before(columns("id", "renamed"), 2))) {
            assertThat(known.dropped()).isEmpty();
            assertThat(known.added()).isEmpty();
        }
    }

    @Test
    void whatTheStreamTellsEndsIt() throws IOException {
        KnownSource behind = copy(KnownSource.given(columns("id", "a"), 1).before(columns("id", "a", "b", "c"), 2));
        KnownSource first =
                copy(KnownSource.told(columns("id", "a", "b"), 5, behind, 2)).before(columns("id", "a", "b", "c"), 2);
        assertThat(first.added()).as("also of a restart in between").containsExactly("c");
        KnownSource second = KnownSource.told(columns("id", "a", "b", "c"), 6, first, 2);
        assertThat(second.added()).isEmpty();
        assertThat(KnownSource.told(columns("id", "a"), 7, second, 2).added())
                .as("dropped while it is followed")
                .isEmpty();
        KnownSource narrowed = KnownSource.told(
                columns("id"), 5, KnownSource.given(columns("id", "a"), 1).before(columns("id"), 2), 2);
        assertThat(KnownSource.told(columns("id", "a"), 6, narrowed, 2).dropped())
                .as("added again")
                .isEmpty();
    }

    @Test
    void theFirstVersionIsRead() throws IOException {
        byte[] second = told(TABLE, 42).toBytes();
        byte[] first = Arrays.copyOf(second, second.length - 2 * Integer.BYTES - Long.BYTES);
        first[3] = 1;
        KnownSource read = KnownSource.fromBytes(first);
        assertThat(read.table()).isEqualTo(TABLE);
        assertThat(read.changedAt()).isEqualTo(42);
    }

    private static KnownSource told(SourceTable table, long at) {
        return KnownSource.told(table, at, null, 3);
    }

    private static KnownSource copy(KnownSource known) throws IOException {
        return KnownSource.fromBytes(known.toBytes());
    }

    private static SourceTable columns(String... names) {
        SourceTable.Builder table = SourceTable.of("shop", "t");
        for (String name : names) {
            table.column(name, "int", !name.equals("id"));
        }
        return table.primaryKey("id").build();
    }
}
