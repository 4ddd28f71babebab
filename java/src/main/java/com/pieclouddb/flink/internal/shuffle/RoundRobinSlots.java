package com.pieclouddb.flink.internal.shuffle;

import org.apache.flink.annotation.Internal;

/** Slots in turn, for rows without a key that counts. */
@Internal
public final class RoundRobinSlots {

    private int last;

    /** Begins anywhere: many small tables that all began with one slot would load one writer. */
    public RoundRobinSlots(int seed) {
        last = Math.floorMod(seed, KeySlots.COUNT);
    }

    public int next() {
        last = (last + 1) % KeySlots.COUNT;
        return last;
    }
}
