package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import java.nio.ByteBuffer;

/**
 * The crossing: every native method of the connector, each bound when the library is loaded.
 *
 * <p>No call waits longer than its {@code waitMs} (at most 100), so a thread can always be interrupted; sessions and
 * tables are ids, never pointers; every failure, a panic included, is a {@link PieCloudDBException}. It has no logic,
 * and nobody but this package calls it.
 */
final class NativeBridge {

    private NativeBridge() {}

    /** The library's version, equal to the jar's. */
    static native String abiVersion() throws PieCloudDBException;

    /** Names of the values that {@link #readMetrics} fills in, in order. */
    static native String[] metricNames() throws PieCloudDBException;

    /**
     * What both halves must call or number alike: texts of lines, of which the first names what it is about and the
     * others are its words in the order of their numbers. Tests compare it.
     */
    static native String[] vocabulary() throws PieCloudDBException;

    /** Waiting log records of all sessions, flat triples: level, target, message. */
    static native String[] drainLog() throws PieCloudDBException;

    /** Starts to open a session; the id is greater than zero. */
    static native long openSession(String spec) throws PieCloudDBException;

    /**
     * Starts to open a table; its id is zero or more. An open table of the same name keeps its id: a spec of an equal
     * form changes nothing, another one replaces it, which is legal only right after a flush.
     */
    static native int openTable(long session, String spec) throws PieCloudDBException;

    /**
     * What of a table's spec decides how its rows are read and loaded, as a text to compare: comments, for one, do not.
     * A table that is open takes rows of every spec of an equal form.
     */
    static native String tableForm(String spec) throws PieCloudDBException;

    /** True once all frames are taken; after false the same frames must be offered again. */
    static native boolean offer(long session, ByteBuffer direct, int length, int waitMs) throws PieCloudDBException;

    /** True once so many bytes of the memory budget are kept for the next row that is offered. */
    static native boolean makeRoom(long session, int bytes, int waitMs) throws PieCloudDBException;

    /** Opens a router without tables; its id is greater than zero, and no session's. */
    static native long openRouter() throws PieCloudDBException;

    /** Adds a table of the source, or gives one that is there another key; its number is zero or more. */
    static native int defineSource(long router, String spec) throws PieCloudDBException;

    /**
     * Finds where a Debezium record belongs.
     *
     * @param key the record's key, or null
     * @param place gets what the record is, its table, and the hashes of its key and of the key that it left
     * @return texts about tables, or null where there are none
     */
    static native String[] route(long router, byte[] record, byte[] key, long[] place) throws PieCloudDBException;

    /** Begins to make durable what was offered so far. */
    static native void startFlush(long session) throws PieCloudDBException;

    /** After the last flush of a job without checkpoints: begins to give up the writer's place. */
    static native void startLeave(long session) throws PieCloudDBException;

    /** True once everything offered before {@link #startFlush} is durable and visible, or the manifest is published. */
    static native boolean awaitFlush(long session, int waitMs) throws PieCloudDBException;

    /** Exactly-once, after a flush: what it staged, for a manifest; also where that is nothing. */
    static native byte[] takeCommittable(long session) throws PieCloudDBException;

    /** Exactly-once: begins to publish a manifest; {@link #awaitFlush} tells when it is. */
    static native void startCommit(long session, byte[] manifest) throws PieCloudDBException;

    /** Fills in the current values of a table and of the session, one for each of {@link #metricNames}. */
    static native void readMetrics(long session, int table, long[] values) throws PieCloudDBException;

    /** Aborts a session, never publishes, returns within about 300 ms. Repeated calls do nothing. */
    static native void closeSession(long session) throws PieCloudDBException;

    /** Forgets a router. Repeated calls do nothing. */
    static native void closeRouter(long router) throws PieCloudDBException;
}
