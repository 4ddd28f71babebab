package com.pieclouddb.flink.sync.model;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.annotation.Internal;

/**
 * Keeps the client of the log from ending at columns whose types it has no name for, in tables that nobody follows.
 *
 * <p>Such a type in a table map event, MariaDB's COMPRESSED or MySQL's VECTOR, ends the client, whoever's table it is.
 * They lie in the log as VARCHAR and BLOB do, so the event is read with these in their place. What is in them is not
 * what was stored: the watch stops the job where the table is a followed one, which {@link #has} tells. It stands
 * around the client's own reader of table map events, in the client's thread.
 */
@Internal
public final class CompressedColumns implements InvocationHandler {

    private static final int BLOB = 252;
    private static final int VARCHAR = 15;
    private static final int COMPRESSED_BLOB = 140;
    private static final int COMPRESSED_VARCHAR = 141;
    private static final int VECTOR = 242;

    /** The table's number and flags. */
    private static final int HEAD = 8;

    private final Object inner;
    private final MethodHandle deserialize;
    private final MethodHandle available;
    private final MethodHandle read;
    private final MethodHandle newStream;
    private final Set<Long> numbers = new HashSet<>();

    /**
     * Wraps a reader of table map events.
     *
     * @param deserialize its method
     * @param available of the client's stream, how many bytes the event has
     * @param read of the same, that many of them
     * @param newStream makes such a stream of bytes
     */
    public CompressedColumns(
            Object inner, MethodHandle deserialize, MethodHandle available, MethodHandle read, MethodHandle newStream) {
        this.inner = inner;
        this.deserialize = deserialize;
        this.available = available;
        this.read = read;
        this.newStream = newStream;
    }

    /** Whether a table, by the server's number, has such a column. */
    public boolean has(long number) {
        return numbers.contains(number);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        switch (method.getName()) {
            case "deserialize":
                byte[] event = (byte[]) read.invoke(args[0], available.invoke(args[0]));
                replaceTypes(event);
                return deserialize.invoke(inner, newStream.invoke(event));
            case "equals":
                return proxy == args[0];
            case "hashCode":
                return System.identityHashCode(proxy);
            default:
                return "table map events with compressed columns";
        }
    }

    /** Number of the table, flags, database, table, number of columns, their types. */
    private void replaceTypes(byte[] event) {
        int at = HEAD;
        at += (event[at] & 0xff) + 2;
        at += (event[at] & 0xff) + 2;
        int columns = event[at] & 0xff;
        at++;
        if (columns == 0xfc) {
            columns = event[at] & 0xff | (event[at + 1] & 0xff) << 8;
            at += 2;
        }
        boolean hasAny = false;
        for (int i = at; i < at + columns; i++) {
            int type = event[i] & 0xff;
            if (type == COMPRESSED_BLOB || type == COMPRESSED_VARCHAR || type == VECTOR) {
                event[i] = (byte) (type == COMPRESSED_VARCHAR ? VARCHAR : BLOB);
                hasAny = true;
            }
        }
        long number = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN).getLong(0) & 0xffff_ffff_ffffL;
        if (hasAny) {
            numbers.add(number);
        } else {
            // A server that began anew gives its numbers to others.
            numbers.remove(number);
        }
    }
}
