package com.pieclouddb.flink.internal;

import com.pieclouddb.flink.PieCloudDBException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A session without a server: it writes down what it was asked, and fails when told to. */
final class RecordingSession implements LoadSession {

    final List<String> calls = new ArrayList<>();
    String sessionSpec;
    PieCloudDBException failure;
    long rowsSent;
    long bytesSent;

    LoadSession open(String spec) {
        sessionSpec = spec;
        return this;
    }

    @Override
    public int openTable(String spec) throws PieCloudDBException {
        call("openTable");
        return 0;
    }

    @Override
    public void offer(ByteBuffer batch, int length) throws PieCloudDBException {
        ByteBuffer frames = batch.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int rows = 0;
        for (int at = 0; at < length; at += 8 + frames.getInt(at + 4)) {
            rows++;
        }
        call("offer " + rows);
        rowsSent += rows;
        bytesSent += length;
    }

    @Override
    public void flush() throws PieCloudDBException {
        call("flush");
    }

    @Override
    public List<String> metricNames() {
        return List.of("session_bytes_sent", "session_last_flush_micros", "session_rows_sent", "session_memory_bytes");
    }

    @Override
    public void readMetrics(int table, long[] values) {
        values[0] = bytesSent;
        values[1] = 5_900;
        values[2] = rowsSent;
        values[3] = 4_096;
    }

    @Override
    public void close() {
        calls.add("close");
    }

    private void call(String what) throws PieCloudDBException {
        calls.add(what);
        if (failure != null) {
            throw failure;
        }
    }
}
