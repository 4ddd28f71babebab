package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A session without a server: it writes down what it was asked, and fails when told to. */
public final class RecordingSession implements LoadSession {

    public final List<String> calls = new ArrayList<>();
    public final List<String> openSpecs = new ArrayList<>();

    /** Table ids of all rows offered, in order. */
    public final List<Integer> rowTables = new ArrayList<>();

    final List<byte[]> manifests = new ArrayList<>();

    public String sessionSpec;
    public PieCloudDBException failure;
    public long rowsSent;
    public long bytesSent;
    private final List<String> openNames = new ArrayList<>();

    public List<String> calls() {
        return calls;
    }

    public List<byte[]> manifests() {
        return manifests;
    }

    public void failWith(PieCloudDBException thrown) {
        failure = thrown;
    }

    public LoadSession open(String spec) {
        sessionSpec = spec;
        return this;
    }

    @Override
    public int openTable(String spec) throws PieCloudDBException {
        call("openTable");
        openSpecs.add(spec);
        String name = spec.substring(0, spec.indexOf("load_mode="));
        if (!openNames.contains(name)) {
            openNames.add(name);
        }
        return openNames.indexOf(name);
    }

    /** As the native half does, which has a test of its own: comments do not count. */
    @Override
    public String tableForm(String spec) {
        return spec.replaceAll("(?m)^[a-z0-9.]*comment=.*\n", "");
    }

    @Override
    public void offer(ByteBuffer batch, int length) throws PieCloudDBException {
        ByteBuffer frames = batch.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int rows = 0;
        for (int at = 0; at < length; at += 8 + frames.getInt(at + 4)) {
            rowTables.add(frames.getInt(at));
            rows++;
        }
        call("offer " + rows);
        rowsSent += rows;
        bytesSent += length;
    }

    @Override
    public void makeRoom(int bytes) throws PieCloudDBException {
        call("makeRoom " + bytes);
    }

    @Override
    public void leave() throws PieCloudDBException {
        call("leave");
    }

    @Override
    public void flush() throws PieCloudDBException {
        call("flush");
    }

    @Override
    public byte[] takeCommittable() throws PieCloudDBException {
        call("takeCommittable");
        return ("staged " + calls.size()).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void commit(byte[] manifest) throws PieCloudDBException {
        call("commit");
        manifests.add(manifest);
    }

    /** Those of the native library. */
    @Override
    public List<String> metricNames() {
        return List.of(
                "rows_accepted",
                "rows_sent",
                "bytes_sent",
                "rows_committed",
                "queued_bytes",
                "flushes",
                "last_merge_micros",
                "oldest_unflushed_millis",
                "session_rows_sent",
                "session_bytes_sent",
                "session_memory_bytes",
                "session_last_flush_micros",
                "pool_in_use",
                "pool_waiting",
                "pool_switches",
                "error_rows",
                "rows_ignored");
    }

    /** A table's own values tell its number. */
    @Override
    public void readMetrics(int table, long[] values) {
        for (int i = 0; i < 8; i++) {
            values[i] = 1_000L * (i + 1) + table;
        }
        values[8] = rowsSent;
        values[9] = bytesSent;
        values[10] = 4_096;
        values[11] = 5_900;
        values[12] = 2;
        values[13] = 3;
        values[14] = 4;
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
