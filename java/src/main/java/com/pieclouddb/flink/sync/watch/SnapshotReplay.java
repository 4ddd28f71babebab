package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.handles.CdcHandles;
import com.pieclouddb.flink.sync.handles.ReplayHandles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Has the log of a table told whole from before its first piece was read, instead of the part that Flink CDC takes for
 * new.
 *
 * <p>Flink CDC reads a table in pieces, between which it changes, and of the log it lets through what is newer than the
 * piece that a row belongs to. Which one that is it finds out by Java's order of the keys, the server cut by its own:
 * changes are lost where they differ. Lines before 3.4 do not know either what is newer, on servers without MySQL's
 * GTIDs. And a change that is in the log a moment before it can be read is older than the piece that lacks it.
 *
 * <p>Promises that every row of a table that is written by key ends as the source has it, whatever its key and however
 * it was cut: a piece is said to have been read where the piece before it began, the first one where the log was before
 * this reader read at all, and the log is told from the first place of a table on, without regard to keys. Until the
 * log has been told as far as the snapshot reached, rows may show an older state. Tables that are appended to are left
 * to Flink CDC. All state is Flink CDC's own.
 */
@Internal
public final class SnapshotReplay {

    private final ReplayHandles handles;
    private final SourceReader<?, ?> reader;
    private final ReplayedTables tables;

    /** Where the log was before the latest piece was read; null before the first. Fetcher and task take turns at it. */
    private volatile Object before;

    private SnapshotReplay(ReplayHandles handles, SourceReader<?, ?> reader, ReplayedTables tables) {
        this.handles = handles;
        this.reader = reader;
        this.tables = tables;
    }

    /** Puts itself around the emitter and the split readers of a reader that has nothing to read yet. */
    static void into(SourceReader<?, ?> reader, CdcHandles readers, ReplayHandles handles, ReplayedTables tables) {
        SnapshotReplay replay = new SnapshotReplay(handles, reader, tables);
        try {
            handles.replaceEmitter(
                    reader,
                    emitter -> Proxy.newProxyInstance(
                            handles.emitter().getClassLoader(),
                            new Class<?>[] {handles.emitter()},
                            (proxy, method, args) -> replay.emit(emitter, method, args)));
            readers.replaceSplitReaders(
                    reader,
                    inner -> Proxy.newProxyInstance(
                            readers.splitReader().getClassLoader(),
                            new Class<?>[] {readers.splitReader()},
                            (proxy, method, args) -> replay.read(inner, method, args)));
        } catch (Throwable e) {
            throw new FlinkRuntimeException("Pieces of a snapshot cannot be followed with this Flink CDC", e);
        }
    }

    private Object emit(Object emitter, Method method, Object[] args) throws Throwable {
        if (!method.getName().equals("emitRecord") || !handles.isOfSnapshot(args[2])) {
            return call(emitter, method, args);
        }
        Object low = handles.lowPlace(args[0]);
        Object result = call(emitter, method, args);
        if (low == null) {
            throw new FlinkRuntimeException(
                    "Flink CDC tells a piece of a snapshot without the place of the log in front of it; "
                            + "2.4.0 and 3.5.0 are known to work");
        }
        if (tables.replays(handles.tableOfPiece(args[2]))) {
            handles.setHighPlace(args[2], before);
        }
        before = low;
        return result;
    }

    private Object read(Object splitReader, Method method, Object[] args) throws Throwable {
        if (!method.getName().equals("handleSplitsChanges") || !handles.isAddition(args[0])) {
            return call(splitReader, method, args);
        }
        List<Object> splits = new ArrayList<>();
        for (Object split : handles.splits(args[0])) {
            splits.add(handles.isLog(split) ? whole(split) : split);
            if (before == null && !handles.isLog(split)) {
                before = handles.currentPlace(reader);
            }
        }
        return call(splitReader, method, new Object[] {handles.addition(splits)});
    }

    /** The log with one piece for each replayed table, which holds every key. */
    private Object whole(Object logSplit) throws Throwable {
        List<Object> pieces = new ArrayList<>();
        Map<SourceName, Object> whole = new LinkedHashMap<>();
        for (Object piece : handles.finished(logSplit)) {
            SourceName name = handles.tableOfFinished(piece);
            if (tables.replays(name)) {
                whole.put(name, handles.firstAsWhole(whole.getOrDefault(name, piece), piece));
            } else {
                pieces.add(piece);
            }
        }
        pieces.addAll(whole.values());
        return handles.withFinished(logSplit, pieces);
    }

    private static Object call(Object on, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(on, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
