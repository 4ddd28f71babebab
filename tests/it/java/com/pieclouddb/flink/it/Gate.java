package com.pieclouddb.flink.it;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where a test holds its sources, makes them fail, and counts what they emitted and which checkpoints were aborted;
 * found by name, since sources are shipped as bytes.
 */
final class Gate {

    private static final Map<String, Gate> GATES = new ConcurrentHashMap<>();

    private final CountDownLatch open = new CountDownLatch(1);
    private final AtomicLong emitted = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private final AtomicBoolean failing = new AtomicBoolean();

    static Gate named(String name) {
        return GATES.computeIfAbsent(name, n -> new Gate());
    }

    /** Waits a little for the test to open the gate; a source has to look up now and then whether it shall stop. */
    boolean isOpenWithin(long millis) throws InterruptedException {
        return open.await(millis, TimeUnit.MILLISECONDS);
    }

    void open() {
        open.countDown();
    }

    void count() {
        emitted.incrementAndGet();
    }

    long emitted() {
        return emitted.get();
    }

    /** One of the sources fails, soon and once. */
    void fail() {
        failing.set(true);
    }

    void failIfTold() {
        if (failing.compareAndSet(true, false)) {
            throw new IllegalStateException("the test makes this source fail");
        }
    }

    void countAborted() {
        aborted.incrementAndGet();
    }

    /** Checkpoints that were aborted, counted by each source. */
    long aborted() {
        return aborted.get();
    }
}
