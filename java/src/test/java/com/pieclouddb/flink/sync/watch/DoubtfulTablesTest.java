package com.pieclouddb.flink.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A table in doubt stays so, and is asked for again, until there is an answer. */
class DoubtfulTablesTest {

    private long now = Long.MAX_VALUE - 5;
    private final DoubtfulTables tables = new DoubtfulTables(() -> now);

    @Test
    void eachIsTriedAgainAfterAMinute() {
        assertThat(tables.waits("t")).isFalse();
        assertThat(tables.add("t")).isTrue();
        assertThat(tables.waits("t")).isTrue();
        assertThat(tables.waits("u")).isFalse();
        now += DoubtfulTables.RETRY_NANOS;
        assertThat(tables.waits("t")).isFalse();
        assertThat(tables.has("t")).isTrue();
        assertThat(tables.add("t")).as("told already").isFalse();
        assertThat(tables.waits("t")).isTrue();
    }

    @Test
    void anAnswerEndsTheDoubt() {
        tables.add("t");
        tables.remove("t");
        assertThat(tables.has("t")).isFalse();
        assertThat(tables.waits("t")).isFalse();
        assertThat(tables.add("t")).isTrue();
    }

    /** One is enough for a statement about several. */
    @Test
    void aStatementAboutATableInDoubtIsOne() {
        tables.add("t");
        assertThat(tables.hasAny(List.of("u", "t"))).isTrue();
        assertThat(tables.hasAny(List.of("u"))).isFalse();
        tables.remove("t");
        assertThat(tables.hasAny(List.of("u", "t"))).isFalse();
    }

    /** An answer ends a doubt, and does not make the next look a first one. */
    @Test
    void eachTableIsLookedAtForTheFirstTimeOnce() {
        assertThat(tables.isFirstLook("t")).isTrue();
        tables.add("t");
        tables.remove("t");
        assertThat(tables.isFirstLook("t")).isFalse();
        assertThat(tables.isFirstLook("u")).isTrue();
    }
}
