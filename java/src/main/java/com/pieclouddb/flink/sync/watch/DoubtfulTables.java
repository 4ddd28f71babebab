package com.pieclouddb.flink.sync.watch;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Tables whose rows go on although nobody could compare their definition yet: the reader is too far behind.
 *
 * <p>Promises that each is asked for again a minute after the last try, with the next rows of it, until there is an
 * answer. It keeps no time of its own, and nothing over a restart: what comes behind one is a first look at each table.
 */
final class DoubtfulTables {

    /** Until a search of the log that took too long is gone on with. */
    static final long RETRY_NANOS = 60_000_000_000L;

    private final LongSupplier nanoTime;

    /** By Debezium's names of tables: when it was tried last. */
    private final Map<Object, Long> tried = new HashMap<>();

    /** Those that were looked at since the reader began. */
    private final Set<Object> seen = new HashSet<>();

    DoubtfulTables(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes note of a try without an answer; false where it was not the first. */
    boolean add(Object id) {
        return tried.put(id, nanoTime.getAsLong()) == null;
    }

    boolean has(Object id) {
        return tried.containsKey(id);
    }

    /** Whether rows of one of them went on. */
    boolean hasAny(Collection<?> ids) {
        return ids.stream().anyMatch(tried::containsKey);
    }

    /** Whether nobody has looked at the table since the reader began: of rows before that nothing is known. */
    boolean isFirstLook(Object id) {
        return seen.add(id);
    }

    /** Whether it is too early for another try. */
    boolean waits(Object id) {
        Long last = tried.get(id);
        return last != null && nanoTime.getAsLong() - last < RETRY_NANOS;
    }

    /** There was an answer. */
    void remove(Object id) {
        tried.remove(id);
    }
}
