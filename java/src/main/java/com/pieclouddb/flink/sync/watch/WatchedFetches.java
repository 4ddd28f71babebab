package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.handles.CdcHandles;
import com.pieclouddb.flink.sync.mysql.HiddenColumns;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps Flink CDC's split reader, and sees that every reader of the log is watched.
 *
 * <p>Before each fetch it looks what will read, makes it where it is not made, and adds a {@link LogWatch} to its
 * client before that connects. A reader that came into being otherwise ends the job: nothing is read unwatched. All of
 * it happens in the thread of the fetcher.
 */
@Internal
public final class WatchedFetches implements InvocationHandler {

    private static final Logger LOG = LoggerFactory.getLogger(WatchedFetches.class);

    /** One event may have many more rows than the queue takes. */
    private static final long LET_GO_NANOS = 10_000_000_000L;

    private final CdcHandles handles;
    private final Object inner;
    private final Map<Integer, String> charsets;
    private final HiddenColumns hidden;
    private final LiveTables live;

    private Object snapshotReader;
    private LogWatch snapshotWatch;
    private Object binlogReader;
    private volatile LogWatch binlogWatch;

    /** Set once all changes in front of the verdict's place were handed on. */
    private volatile Verdict reached;

    WatchedFetches(
            CdcHandles handles, Object inner, Map<Integer, String> charsets, HiddenColumns hidden, LiveTables live) {
        this.handles = handles;
        this.inner = inner;
        this.charsets = charsets;
        this.hidden = hidden;
        this.live = live;
    }

    /** The split reader that CDC is to use. */
    Object asSplitReader() {
        return Proxy.newProxyInstance(
                handles.splitReader().getClassLoader(), new Class<?>[] {handles.splitReader()}, this);
    }

    /** The place past which the log cannot be read, once nothing in front of it is on its way here; else null. */
    Verdict reached() {
        return reached;
    }

    /** Up to where the log was heard; null where none is read, or none is read any further. */
    public LogPosition logPlace() {
        LogWatch watch = binlogWatch;
        try {
            return watch == null || watch.verdict() != null
                    ? null
                    : handles.log().heard(watch.context());
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }

    /** Whether nothing that was read of the log waits to be fetched. */
    public boolean isDrained() {
        try {
            return handles.isQueueEmpty(binlogWatch.context());
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }

    /** Those of some tables that the log is read without a definition of. */
    public TreeSet<SourceName> unknown(Collection<SourceName> tables) {
        TreeSet<SourceName> unknown = new TreeSet<>();
        try {
            for (SourceName table : tables) {
                if (handles.log().table(binlogWatch.context(), handles.log().tableId(table)) == null) {
                    unknown.add(table);
                }
            }
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
        return unknown;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        boolean fetches = method.getName().equals("fetch");
        if (fetches) {
            watchWhatReadsNext();
        } else if (method.getName().equals("close")) {
            // A question would keep the client's thread.
            live.close();
            letGo();
        }
        List<Object> waiting = fetches ? leavePieceAlone() : List.of();
        Object result;
        try {
            result = method.invoke(inner, args);
        } catch (InvocationTargetException e) {
            if (fetches) {
                // The event that ended Flink CDC may be the one that the watch found, which has the better words.
                checkThePiece();
            }
            throw e.getCause();
        } finally {
            handles.giveBack(inner, waiting);
        }
        if (fetches) {
            checkThatItWasWatched();
        }
        return result;
    }

    /**
     * Has each piece of the snapshot read by a reader of its own, and that closed at once. A second piece, which a
     * restore hands over with the first, is read by Flink CDC 3.5 with the reader of the first, which was stopped: it
     * waits for the end of that piece for ever.
     *
     * @return pieces that wait until the present one is told
     */
    private List<Object> leavePieceAlone() throws Throwable {
        Object current = handles.current(inner);
        if (current == null || current != snapshotReader) {
            return List.of();
        }
        if (handles.isPieceTold(current)) {
            handles.forgetQueue(snapshotWatch.context());
        }
        return handles.takeWaiting(inner);
    }

    /**
     * Frees the client's thread where its queue is full, since nobody fetches any more and closing waits for the client
     * without end: CDC hears nothing further, and what waits is taken away.
     */
    private void letGo() throws Throwable {
        Object current = handles.current(inner);
        LogWatch watch = current == null ? null : current == binlogReader ? binlogWatch : snapshotWatch;
        if (watch == null) {
            return;
        }
        handles.log().silence(watch.context(), null);
        long until = System.nanoTime() + LET_GO_NANOS;
        try {
            while (handles.takeQueued(watch.context()) && System.nanoTime() < until) {
                continue;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception failed) {
            // What ended the reading is told where it is fetched.
            LOG.debug("the queue of the log is not taken", failed);
        }
    }

    private void watchWhatReadsNext() throws Throwable {
        if (binlogWatch != null && binlogWatch.verdict() != null && handles.isQueueEmpty(binlogWatch.context())) {
            // Earlier fetches are with the task already, and nothing follows.
            reached = binlogWatch.verdict();
        }
        Object next = handles.current(inner) == null ? handles.next(inner) : null;
        if (next == null || next == snapshotReader || next == binlogReader) {
            return;
        }
        boolean ofSnapshot = !handles.readsLog(next);
        Object context = handles.context(next);
        handles.keepNames(context);
        CatalogCheck catalog =
                ofSnapshot ? null : new CatalogCheck(handles.log(), handles.parser(), live, next, context);
        LogWatch watch = new LogWatch(
                handles.log(),
                handles.records(),
                context,
                ofSnapshot ? () -> handles.isPieceRead(next) : null,
                catalog,
                new TypeAliases(handles.log(), handles.parser()),
                charsets,
                hidden);
        handles.log().listen(watch.context(), watch);
        handles.records()
                .beforeReading(next, !ofSnapshot, () -> handles.records().guard(context, !ofSnapshot, watch::endAtRow));
        if (ofSnapshot) {
            snapshotReader = next;
            snapshotWatch = watch;
        } else {
            binlogReader = next;
            binlogWatch = watch;
        }
    }

    private void checkThatItWasWatched() throws Throwable {
        Object current = handles.current(inner);
        if (current != null && current != snapshotReader && current != binlogReader) {
            throw new FlinkRuntimeException("Flink CDC reads by a reader that is not watched: "
                    + current.getClass().getName() + "; 2.4.0 and 3.5.0 are known to work");
        }
        checkThePiece();
    }

    private void checkThePiece() {
        if (snapshotWatch != null && snapshotWatch.verdict() != null) {
            // No row of this piece was handed on.
            throw new FlinkRuntimeException(snapshotWatch.verdict().message());
        }
    }
}
