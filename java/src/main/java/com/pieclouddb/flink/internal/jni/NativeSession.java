package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * Owns the id of one native session: opened by whoever gets an instance, closed exactly once.
 *
 * <p>All waiting is done here, in ticks that a native call may take, so that an interrupt ends any wait within one
 * tick. Deadlines are the native half's: it alone sees whether the server still moves. Used by one thread.
 */
@Internal
public final class NativeSession implements LoadSession {

    private static final int TICK_MILLIS = 100;

    private final long id;
    private boolean closed;

    private NativeSession(long id) {
        this.id = id;
    }

    /**
     * Loads the library if this class loader has not, and starts a session.
     *
     * @param spec the session's text
     * @param libraryDirectory where to unpack the library, null for the JVM's temporary folder
     */
    public static NativeSession open(String spec, String libraryDirectory) throws PieCloudDBException {
        NativeLibrary.load(libraryDirectory);
        return new NativeSession(NativeBridge.openSession(spec));
    }

    @Override
    public int openTable(String spec) throws PieCloudDBException {
        return NativeBridge.openTable(id, spec);
    }

    @Override
    public String tableForm(String spec) throws PieCloudDBException {
        return NativeBridge.tableForm(spec);
    }

    @Override
    public void offer(ByteBuffer batch, int length) throws PieCloudDBException, InterruptedException {
        await(() -> NativeBridge.offer(id, batch, length, TICK_MILLIS));
    }

    @Override
    public void makeRoom(int bytes) throws PieCloudDBException, InterruptedException {
        await(() -> NativeBridge.makeRoom(id, bytes, TICK_MILLIS));
    }

    @Override
    public void flush() throws PieCloudDBException, InterruptedException {
        NativeBridge.startFlush(id);
        await(() -> NativeBridge.awaitFlush(id, TICK_MILLIS));
    }

    @Override
    public void leave() throws PieCloudDBException, InterruptedException {
        NativeBridge.startLeave(id);
        await(() -> NativeBridge.awaitFlush(id, TICK_MILLIS));
    }

    @Override
    public byte[] takeCommittable() throws PieCloudDBException {
        return NativeBridge.takeCommittable(id);
    }

    @Override
    public void commit(byte[] manifest) throws PieCloudDBException, InterruptedException {
        NativeBridge.startCommit(id, manifest);
        await(() -> NativeBridge.awaitFlush(id, TICK_MILLIS));
    }

    @Override
    public List<String> metricNames() throws PieCloudDBException {
        return List.of(NativeBridge.metricNames());
    }

    @Override
    public void readMetrics(int table, long[] values) throws PieCloudDBException {
        NativeBridge.readMetrics(id, table, values);
    }

    @Override
    public void close() throws PieCloudDBException {
        if (!closed) {
            closed = true;
            try {
                NativeBridge.closeSession(id);
            } finally {
                NativeLog.drain();
            }
        }
    }

    private static void await(Tick tick) throws PieCloudDBException, InterruptedException {
        boolean done;
        do {
            if (Thread.interrupted()) {
                throw new InterruptedException("the pieclouddb sink was interrupted while the server was busy");
            }
            try {
                done = tick.isDone();
            } finally {
                // Each time: a wait of minutes is what a warning is about.
                NativeLog.drain();
            }
        } while (!done);
    }

    /** One native call that waits a little; true once there is nothing left to wait for. */
    @FunctionalInterface
    private interface Tick {
        boolean isDone() throws PieCloudDBException;
    }
}
