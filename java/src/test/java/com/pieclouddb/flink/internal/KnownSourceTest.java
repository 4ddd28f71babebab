package com.pieclouddb.flink.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.SourceTable;

import org.junit.jupiter.api.Test;

import java.io.IOException;

/** A definition in a checkpoint is read back as it was. */
class KnownSourceTest {

    private static final SourceTable TABLE = SourceTable.of("sh.op", "名前 \"'")
            .column("id", "bigint(20) unsigned", false, "the\nkey").column("kind", "enum('a','b')", true)
            .primaryKey("kind", "id").comment("all").build();

    @Test
    void aDefinitionComesBackWhole() throws IOException {
        KnownSource read = KnownSource.fromBytes(new KnownSource(TABLE, 42).toBytes());
        assertThat(read.table()).isEqualTo(TABLE);
        assertThat(read.changedAt()).isEqualTo(42);
        SourceTable bare = SourceTable.of("d", "t").column("x", "int", true).build();
        assertThat(KnownSource.fromBytes(new KnownSource(bare, 0).toBytes()).table()).isEqualTo(bare);
    }

    @Test
    void theLaterOneCounts() {
        KnownSource older = new KnownSource(TABLE, 1);
        KnownSource newer = new KnownSource(TABLE, 2);
        assertThat(older.later(newer)).isSameAs(newer).isSameAs(newer.later(older));
    }

    @Test
    void anotherVersionIsRefusedByItsNumber() throws IOException {
        byte[] bytes = new KnownSource(TABLE, 1).toBytes();
        bytes[3] = 9;
        assertThatThrownBy(() -> KnownSource.fromBytes(bytes)).isInstanceOf(IOException.class)
                .hasMessageContaining("version 9");
    }
}
