package com.pieclouddb.flink.sync;

/**
 * What a checkpoint holds of the source beside its readers' pieces: Flink CDC's own state, and what is true of it.
 *
 * @param <StateT> Flink CDC's
 */
final class SourceState<StateT> {

    private final StateT inner;
    private final ServerIdentity server;
    private final LogPlace begin;

    /**
     * A state of one server.
     *
     * @param server null where a state of before does not say
     * @param begin where the log is read from once all tables are read; null where Flink CDC's own place counts
     */
    SourceState(StateT inner, ServerIdentity server, LogPlace begin) {
        this.inner = inner;
        this.server = server;
        this.begin = begin;
    }

    StateT inner() {
        return inner;
    }

    ServerIdentity server() {
        return server;
    }

    LogPlace begin() {
        return begin;
    }
}
