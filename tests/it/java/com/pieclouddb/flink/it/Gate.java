package com.pieclouddb.flink.it;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Where a test holds its sources and counts what they emitted; found by name, since sources are shipped as bytes. */
final class Gate {

    private static final Map<String, Gate> GATES = new ConcurrentHashMap<>();

    private final CountDownLatch open = new CountDownLatch(1);
    private final AtomicLong emitted = new AtomicLong();

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
}
