package com.pieclouddb.flink.sync.handles;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/**
 * Which columns the rows of an event have, as the client inside Flink CDC tells it.
 *
 * <p>It translates and decides nothing. All of it is resolved once, see {@link CdcHandles}.
 */
@Internal
public final class RowsHandles {

    private static final String[] KINDS = {"Write", "Update", "Delete"};

    private final MethodHandle data;

    /**
     * By the classes of events' data: the table's number, and the columns of each row that an event has for a change.
     */
    private final Map<Class<?>, MethodHandle> numbers = new HashMap<>();

    private final Map<Class<?>, List<MethodHandle>> images = new HashMap<>();
    private final Map<Class<?>, MethodHandle> rows = new HashMap<>();

    /**
     * Finds the classes.
     *
     * @param binlog what the names of the log client's classes begin with
     */
    RowsHandles(CdcClasses cdc, String binlog) throws ReflectiveOperationException {
        data = Handles.method(cdc.named(binlog + "event.Event"), "getData");
        for (String kind : KINDS) {
            Class<?> type = cdc.named(binlog + "event." + kind + "RowsEventData");
            numbers.put(type, Handles.method(type, "getTableId"));
            List<MethodHandle> of = new ArrayList<>(List.of(Handles.method(type, "getIncludedColumns")));
            if (kind.equals("Update")) {
                of.add(Handles.method(type, "getIncludedColumnsBeforeUpdate"));
            }
            images.put(type, of);
            rows.put(type, Handles.method(type, "getRows"));
        }
    }

    /** The server's number of the rows' table. */
    public long tableNumber(Object event) throws Throwable {
        Object of = data.invoke(event);
        return (long) numbers.get(of.getClass()).invoke(of);
    }

    /** How many columns the shortest of its rows has. */
    public int columns(Object event) throws Throwable {
        Object of = data.invoke(event);
        int least = Integer.MAX_VALUE;
        for (MethodHandle image : images.get(of.getClass())) {
            least = Math.min(least, ((BitSet) image.invoke(of)).cardinality());
        }
        return least;
    }

    /** Leaves none of them: whoever hears the event behind this finds nothing to read. */
    public void takeAway(Object event) throws Throwable {
        Object of = data.invoke(event);
        MethodHandle list = of == null ? null : rows.get(of.getClass());
        if (list != null) {
            ((List<?>) list.invoke(of)).clear();
        }
    }
}
