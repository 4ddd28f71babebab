package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** A source table is a value, and a whole one. */
class SourceTableTest {

    @Test
    void equalDefinitionsAreEqualAndAnyDifferenceCounts() throws Exception {
        SourceTable table = table().build();
        assertThat(table)
                .isEqualTo(table().build())
                .hasSameHashCodeAs(table().build())
                .isEqualTo(InstantiationUtil.clone(table))
                .hasToString("shop.a.b [id int(11) NOT NULL, name text] with key [id]");
        for (SourceTable.Builder other : new SourceTable.Builder[] {
            table().comment("x"),
            table().column("more", "int", true),
            table().primaryKey(),
            table().primaryKey("name"),
            SourceTable.of("shop", "b")
                    .column("id", "int(11)", false)
                    .column("name", "text", true, "its")
                    .primaryKey("id"),
            SourceTable.of("shop", "a.b")
                    .column("id", "int(11)", true)
                    .column("name", "text", true, "its")
                    .primaryKey("id"),
            SourceTable.of("shop", "a.b")
                    .column("id", "int(11)", false)
                    .column("name", "text", true)
                    .primaryKey("id")
        }) {
            assertThat(other.build()).isNotEqualTo(table);
        }
    }

    @Test
    void whatIsNoTableIsRefusedByName() {
        assertRefused(SourceTable.of("shop", ""), "database and table");
        assertRefused(SourceTable.of(null, "t"), "database and table");
        assertRefused(SourceTable.of("shop", "t"), "'shop.t' needs at least one column");
        assertRefused(table().column("", "int", true), "without a name");
        assertRefused(table().column("x", null, true), "'x' without a type");
        assertRefused(table().column("id", "int", true), "'id' twice");
        assertRefused(table().primaryKey("other"), "no column 'other'");
        assertRefused(table().primaryKey("id", "id"), "'id' twice in its primary key");
    }

    private static SourceTable.Builder table() {
        return SourceTable.of("shop", "a.b")
                .column("id", "int(11)", false)
                .column("name", "text", true, "its")
                .primaryKey("id");
    }

    private static void assertRefused(SourceTable.Builder builder, String words) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(words);
    }
}
