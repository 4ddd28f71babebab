package com.pieclouddb.flink.internal.shuffle;

import org.apache.flink.annotation.Internal;

/** What a router's number stands for: a table in one form, and which slots were told of it. */
@Internal
public final class SchemaVersion {

    private final int number;
    private final String source;
    private final PackedTableSpec form;

    /** One bit per slot. */
    private final long[] announced = new long[KeySlots.COUNT / Long.SIZE];

    public SchemaVersion(int number, String source, PackedTableSpec form) {
        this.number = number;
        this.source = source;
        this.form = form;
    }

    public int number() {
        return number;
    }

    /** What tells apart the sources of rows that share a target. */
    String source() {
        return source;
    }

    PackedTableSpec form() {
        return form;
    }

    /** True the first time for each slot. */
    boolean announceTo(int slot) {
        long bit = 1L << slot;
        boolean first = (announced[slot / Long.SIZE] & bit) == 0;
        announced[slot / Long.SIZE] |= bit;
        return first;
    }
}
