package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * What a writer or a committer needs of the native half: one session with a server, used by the task thread alone.
 *
 * <p>Promises that every wait ends soon after the thread is interrupted, that a failure in the background is thrown by
 * the next call and every later one, and that only {@link #flush()} and {@link #commit} make rows visible for good.
 */
@Internal
public interface LoadSession extends AutoCloseable {

    /**
     * Starts to open a target table; what fails comes from a later call. Opening a table again, with another spec and
     * right after a flush, changes it under its id.
     */
    int openTable(String spec) throws PieCloudDBException;

    /**
     * What of a table's spec decides how its rows are read: an open table takes rows of every spec of an equal form.
     */
    String tableForm(String spec) throws PieCloudDBException;

    /** Hands over {@code length} bytes of {@code RowBatch} frames; waits while the memory budget is full. */
    void offer(ByteBuffer batch, int length) throws PieCloudDBException, InterruptedException;

    /** Keeps so many bytes of the memory budget for the next row that is offered; waits while it is full. */
    void makeRoom(int bytes) throws PieCloudDBException, InterruptedException;

    /** Returns when all that was offered is durable and, unless it waits for a committer, visible. */
    void flush() throws PieCloudDBException, InterruptedException;

    /** At-least-once, after the last flush of a job without checkpoints: leaves nothing on the server but the rows. */
    void leave() throws PieCloudDBException, InterruptedException;

    /** Exactly-once, after a flush: what was staged since the last time, for a manifest. It is never empty. */
    byte[] takeCommittable() throws PieCloudDBException;

    /** Exactly-once: returns when the manifest is published, now or before. */
    void commit(byte[] manifest) throws PieCloudDBException, InterruptedException;

    /** Names of the values that {@link #readMetrics} gives, in order. */
    List<String> metricNames() throws PieCloudDBException;

    /** Fills in the current values of a table and of the whole session. */
    void readMetrics(int table, long[] values) throws PieCloudDBException;

    /** Aborts what is unfinished, publishes nothing, returns soon; a second call does nothing. */
    @Override
    void close() throws PieCloudDBException;

    /** Opens the session of a writer; the one place where the native library may be loaded. */
    @FunctionalInterface
    interface Opener {
        LoadSession open(String sessionSpec) throws PieCloudDBException;
    }
}
