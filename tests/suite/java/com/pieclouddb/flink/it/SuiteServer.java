package com.pieclouddb.flink.it;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.connector.testframe.TestResource;

/** The suite's external system: a server process of this machine, and a table of its own for each case. */
final class SuiteServer implements TestResource {

    private final AtomicInteger tables = new AtomicInteger();
    private Postgres server;

    @Override
    public void startUp() throws IOException {
        if (server == null) {
            server = Postgres.start();
        }
    }

    @Override
    public void tearDown() throws IOException {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    Postgres running() {
        return server;
    }

    String nextTable() {
        return "case_" + tables.incrementAndGet();
    }
}
