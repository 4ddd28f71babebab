package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import org.apache.flink.annotation.Internal;

/**
 * Owns the id of one native router: opened by whoever gets an instance, closed exactly once.
 *
 * <p>It finds where Debezium's records belong, one call for each. What was found last is kept until the next record.
 * Nothing waits here. Used by one thread.
 */
@Internal
public final class NativeRouter implements AutoCloseable {

    /** What a record is, as the native half calls and numbers it. */
    public enum Found {
        /** The row of a key. */
        ROW,
        /** A row that left another key. */
        MOVED,
        /** A delete that only the record's key describes. */
        KEYED,
        /** The end of all rows of a table. */
        TRUNCATED,
        /** Of a table that was not defined; database and name are told. */
        UNKNOWN,
        /** Changes of tables, which are told. */
        TABLES,
        /** Nothing to load. */
        NOTHING
    }

    private static final Found[] ALL = Found.values();
    private static final String[] NO_TEXTS = {};

    private final long id;
    private final long[] place = new long[4];
    private String[] texts = NO_TEXTS;
    private boolean closed;

    private NativeRouter(long id) {
        this.id = id;
    }

    /**
     * Loads the library if this class loader has not, and makes a router without tables.
     *
     * @param libraryDirectory where to unpack the library, null for the JVM's temporary folder
     */
    public static NativeRouter open(String libraryDirectory) throws PieCloudDBException {
        NativeLibrary.load(libraryDirectory);
        return new NativeRouter(NativeBridge.openRouter());
    }

    /**
     * Adds a table of the source, or gives one that is there another key.
     *
     * @param spec the table's text
     * @return its number: 0, 1, 2 and so on, the same one again for a table that is there
     */
    public int define(String spec) throws PieCloudDBException {
        return NativeBridge.defineSource(id, spec);
    }

    /**
     * Finds where a record belongs.
     *
     * @param record its value
     * @param key its key, or null for none
     */
    public Found find(byte[] record, byte[] key) throws PieCloudDBException {
        String[] told = NativeBridge.route(id, record, key, place);
        texts = told == null ? NO_TEXTS : told;
        return found();
    }

    /** What the last record is. */
    public Found found() {
        return ALL[(int) place[0]];
    }

    /** The number of the last record's table. */
    public int table() {
        return (int) place[1];
    }

    /** The hash of the last record's key. */
    public long hash() {
        return place[2];
    }

    /** The hash of the key that the last record moved its row from. */
    public long oldHash() {
        return place[3];
    }

    /** What was told of the last record. */
    public String[] texts() {
        return texts;
    }

    @Override
    public void close() throws PieCloudDBException {
        if (!closed) {
            closed = true;
            NativeBridge.closeRouter(id);
        }
    }
}
