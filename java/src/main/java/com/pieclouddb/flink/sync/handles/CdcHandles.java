package com.pieclouddb.flink.sync.handles;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.table.api.ValidationException;

/**
 * The way from Flink CDC's reader to the client that reads the log, which {@code WatchedReader} needs.
 *
 * <p>Promises that all of it is there once it is made: a CDC that lacks a part is refused, never read unwatched. The
 * names are the same in 2.4 and 3.5, but for one. What the log tells is {@link LogHandles}'s.
 */
@Internal
public final class CdcHandles {

    /** Of 3.5; a field of the reader says it in 2.4. */
    private static final String PIECE_CONTEXT = "changeEventSourceContext";

    private final Class<?> splitReader;
    private final MethodHandle fetcherManager;
    private final Field splitReaderFactory;
    private final MethodHandle snapshotSplits;
    private final MethodHandle binlogSplits;
    private final MethodHandle currentReader;
    private final MethodHandle snapshotReader;
    private final MethodHandle binlogReader;
    private final Class<?> binlogReaderType;
    private final MethodHandle snapshotContext;

    /** Whether the log of a piece is still to be read: the reader's field, or the method of what its field holds. */
    private final MethodHandle pieceRuns;

    private final MethodHandle isRunning;

    /** Whether a piece has rows that were not handed on. */
    private final MethodHandle hasRows;

    private final MethodHandle binlogContext;
    private final Field nameAdjuster;
    private final Object unadjusted;
    private final MethodHandle queue;
    private final Field queueField;
    private final MethodHandle totalCapacity;
    private final MethodHandle remainingCapacity;
    private final MethodHandle poll;
    private final LogHandles log;
    private final RecordHandles records;
    private final ParserHandles parser;

    private CdcHandles(CdcClasses cdc) throws ReflectiveOperationException {
        Class<?> base = cdc.named("org.apache.flink.connector.base.source.reader.SourceReaderBase");
        Class<?> manager = cdc.named("org.apache.flink.connector.base.source.reader.fetcher.SplitFetcherManager");
        Class<?> reader = cdc.type("connectors.mysql.source.reader.MySqlSplitReader");
        Class<?> snapshot = cdc.type("connectors.mysql.debezium.reader.SnapshotSplitReader");
        Class<?> context = cdc.type("connectors.mysql.debezium.task.context.StatefulTaskContext");
        splitReader = cdc.named("org.apache.flink.connector.base.source.reader.splitreader.SplitReader");
        binlogReaderType = cdc.type("connectors.mysql.debezium.reader.BinlogSplitReader");
        fetcherManager = Handles.getter(base, "splitFetcherManager");
        splitReaderFactory = Handles.field(manager, "splitReaderFactory");
        snapshotSplits = Handles.getter(reader, "snapshotSplits");
        binlogSplits = Handles.getter(reader, "binlogSplits");
        currentReader = Handles.getter(reader, "currentReader");
        snapshotReader = Handles.hidden(reader, "getSnapshotSplitReader");
        binlogReader = Handles.hidden(reader, "getBinlogSplitReader");
        snapshotContext = Handles.getter(snapshot, "statefulTaskContext");
        boolean hasContext = Arrays.stream(snapshot.getDeclaredFields())
                .anyMatch(field -> field.getName().equals(PIECE_CONTEXT));
        pieceRuns = Handles.getter(snapshot, hasContext ? PIECE_CONTEXT : "currentTaskRunning");
        isRunning = hasContext
                ? Handles.method(
                        cdc.type("connectors.mysql.debezium.reader.StoppableChangeEventSourceContext"), "isRunning")
                : null;
        hasRows = Handles.getter(snapshot, "hasNextElement");
        binlogContext = Handles.getter(binlogReaderType, "statefulTaskContext");
        nameAdjuster = Handles.field(context, "schemaNameAdjuster");
        unadjusted = cdc.named("io.debezium.util.SchemaNameAdjuster")
                .getField("NO_OP")
                .get(null);
        queue = Handles.method(context, "getQueue");
        queueField = Handles.field(context, "queue");
        totalCapacity = Handles.method(cdc.named("io.debezium.connector.base.ChangeEventQueue"), "totalCapacity");
        remainingCapacity =
                Handles.method(cdc.named("io.debezium.connector.base.ChangeEventQueue"), "remainingCapacity");
        poll = Handles.method(cdc.named("io.debezium.connector.base.ChangeEventQueue"), "poll");
        log = new LogHandles(cdc, context);
        records = new RecordHandles(cdc, context, snapshot, binlogReaderType);
        parser = new ParserHandles(cdc, context, binlogReaderType);
    }

    /** Those of the CDC that is there; throws where it lacks one. */
    public static CdcHandles of(CdcClasses cdc) {
        try {
            return new CdcHandles(cdc);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new ValidationException("This Flink CDC cannot be watched while it reads the log, it lacks "
                    + e.getMessage() + "; 2.4.0 and 3.5.0 are known to work");
        }
    }

    public LogHandles log() {
        return log;
    }

    public RecordHandles records() {
        return records;
    }

    public ParserHandles parser() {
        return parser;
    }

    /** The interface of what reads pieces of the source. */
    public Class<?> splitReader() {
        return splitReader;
    }

    /** Puts another factory into the reader, made of the one that it has; before it has any piece to read. */
    public void replaceSplitReaders(SourceReader<?, ?> reader, Replacement replacement) throws Throwable {
        Object manager = fetcherManager.invoke(reader);
        Supplier<?> factory = (Supplier<?>) splitReaderFactory.get(manager);
        splitReaderFactory.set(manager, (Supplier<Object>) () -> replacement.of(factory.get()));
    }

    /** What reads at the moment, or null. */
    public Object current(Object reader) throws Throwable {
        return currentReader.invoke(reader);
    }

    /** What the next fetch will read with; null where it has nothing to read. */
    public Object next(Object reader) throws Throwable {
        if (!((Collection<?>) binlogSplits.invoke(reader)).isEmpty()) {
            return binlogReader.invoke(reader);
        }
        return ((Collection<?>) snapshotSplits.invoke(reader)).isEmpty() ? null : snapshotReader.invoke(reader);
    }

    public boolean readsLog(Object current) {
        return binlogReaderType.isInstance(current);
    }

    /** The context of what reads, which has the client and the model. */
    public Object context(Object current) throws Throwable {
        return readsLog(current) ? binlogContext.invoke(current) : snapshotContext.invoke(current);
    }

    /** Whether the reader of a piece has said that it is at its end. */
    public boolean isPieceRead(Object reader) throws Throwable {
        Object runs = pieceRuns.invoke(reader);
        return !(boolean) (isRunning == null ? runs : isRunning.invoke(runs));
    }

    /** Whether nothing of the piece is left to be fetched. */
    public boolean isPieceTold(Object reader) throws Throwable {
        return isPieceRead(reader) && !((AtomicBoolean) hasRows.invoke(reader)).get();
    }

    /** Pieces of the snapshot that wait for the present one, taken away. */
    @SuppressWarnings("unchecked")
    public List<Object> takeWaiting(Object splitReader) throws Throwable {
        Collection<Object> all = (Collection<Object>) snapshotSplits.invoke(splitReader);
        List<Object> taken = new ArrayList<>(all);
        all.clear();
        return taken;
    }

    @SuppressWarnings("unchecked")
    public void giveBack(Object splitReader, List<Object> pieces) throws Throwable {
        ((Collection<Object>) snapshotSplits.invoke(splitReader)).addAll(pieces);
    }

    /**
     * Has a reader closed without a look at its queue, to which nothing comes any more. Flink CDC 3.5 looks, and waits
     * for a whole interval of polling where it finds nothing.
     */
    public void forgetQueue(Object context) throws Throwable {
        queueField.set(context, null);
    }

    /**
     * Has keys looked for by the names that they have. Flink CDC looks for the column that a table is cut by under a
     * name made fit for Avro, which records do not have: the first change beside a piece of a table that is cut by
     * {@code 编号} or {@code the key} ended the job.
     */
    public void keepNames(Object context) throws Throwable {
        nameAdjuster.set(context, unadjusted);
    }

    /** Whether nothing waits between the client and the next fetch. */
    public boolean isQueueEmpty(Object context) throws Throwable {
        Object of = queue.invoke(context);
        return (int) totalCapacity.invoke(of) == (int) remainingCapacity.invoke(of);
    }

    /** Takes some of what waits there; false where nothing does, and nothing came for a moment. */
    public boolean takeQueued(Object context) throws Throwable {
        Object of = queue.invoke(context);
        return of != null && !((Collection<?>) poll.invoke(of)).isEmpty();
    }

    /** Makes one split reader of another. */
    @FunctionalInterface
    public interface Replacement {
        Object of(Object splitReader);
    }
}
