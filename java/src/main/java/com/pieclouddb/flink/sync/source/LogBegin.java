package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;

/**
 * Lets the log be read from a place before the source listed its tables.
 *
 * <p>Flink CDC reads it from the first piece of the snapshot on, and a table that was created between the list and that
 * piece would be in neither. Of tables in the snapshot it leaves out what stands in front of their pieces, so an
 * earlier place adds only what would be missing. It stands between an enumerator and its context, and changes the place
 * of pieces that are the log.
 */
final class LogBegin<SplitT extends SourceSplit> implements InvocationHandler {

    private final SplitEnumeratorContext<SplitT> context;
    private final LogSplits splits;
    private final LogPosition begin;

    private LogBegin(SplitEnumeratorContext<SplitT> context, LogSplits splits, LogPosition begin) {
        this.context = context;
        this.splits = splits;
        this.begin = begin;
    }

    /**
     * The context that an enumerator is to have.
     *
     * @param begin null where Flink CDC's own place counts
     */
    @SuppressWarnings("unchecked")
    static <SplitT extends SourceSplit> SplitEnumeratorContext<SplitT> in(
            SplitEnumeratorContext<SplitT> context, CdcClasses cdc, LogPosition begin)
            throws ReflectiveOperationException {
        return begin == null
                ? context
                : (SplitEnumeratorContext<SplitT>) Proxy.newProxyInstance(
                        LogBegin.class.getClassLoader(),
                        new Class<?>[] {SplitEnumeratorContext.class},
                        new LogBegin<>(context, new LogSplits(cdc), begin));
    }

    @Override
    @SuppressWarnings("unchecked")
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        if (method.getName().equals("assignSplit")) {
            args[0] = moved((SplitT) args[0]);
        } else if (method.getName().equals("assignSplits")) {
            Map<Integer, List<SplitT>> moved = new HashMap<>();
            ((SplitsAssignment<SplitT>) args[0]).assignment().forEach((reader, of) -> {
                List<SplitT> its = new ArrayList<>();
                of.forEach(split -> its.add(moved(split)));
                moved.put(reader, its);
            });
            args[0] = new SplitsAssignment<>(moved);
        }
        try {
            return method.invoke(context, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private SplitT moved(SplitT split) {
        return splits.isLog(split) ? splits.from(split, begin) : split;
    }
}
