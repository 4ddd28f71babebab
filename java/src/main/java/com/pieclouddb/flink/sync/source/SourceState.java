package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.ServerIdentity;

/** What a checkpoint holds of the source beside its readers' pieces: Flink CDC's own state, and what is true of it. */
final class SourceState {

    private final int version;
    private final byte[] inner;
    private final ServerIdentity server;
    private final LogPosition begin;

    /**
     * A state of one server.
     *
     * @param version of Flink CDC's bytes
     * @param inner Flink CDC's bytes: written where its enumerator was asked, since it goes on to change the state
     * @param server null where a state of before does not say
     * @param begin where the log is read from once all tables are read; null where Flink CDC's own place counts
     */
    SourceState(int version, byte[] inner, ServerIdentity server, LogPosition begin) {
        this.version = version;
        this.inner = inner;
        this.server = server;
        this.begin = begin;
    }

    int version() {
        return version;
    }

    byte[] inner() {
        return inner;
    }

    ServerIdentity server() {
        return server;
    }

    LogPosition begin() {
        return begin;
    }
}
