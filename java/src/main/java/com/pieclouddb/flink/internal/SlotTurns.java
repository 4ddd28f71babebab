package com.pieclouddb.flink.internal;

/** Slots in turn, for rows without a key that counts. */
final class SlotTurns {

    private int last;

    /** Begins anywhere: many small tables that all began with one slot would load one writer. */
    SlotTurns(int seed) {
        last = Math.floorMod(seed, KeySlots.COUNT);
    }

    int next() {
        last = (last + 1) % KeySlots.COUNT;
        return last;
    }
}
