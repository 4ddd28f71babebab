package com.pieclouddb.flink.sync.handles;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.table.api.ValidationException;

/**
 * What Flink CDC's reader knows of the pieces of a snapshot and of their places in the log, which
 * {@code SnapshotReplay} needs.
 *
 * <p>Promises that all of it is there once it is made. The names are the same in 2.4 and 3.5.
 */
@Internal
public final class ReplayHandles {

    private final Class<?> emitter;
    private final Class<?> addition;
    private final Field recordEmitter;
    private final MethodHandle sourceConfig;
    private final MethodHandle connection;
    private final MethodHandle closeConnection;
    private final MethodHandle currentPlace;
    private final MethodHandle isOfSnapshot;
    private final MethodHandle asSnapshotState;
    private final MethodHandle pieceOfState;
    private final MethodHandle setHighPlace;
    private final MethodHandle tableOfPiece;
    private final MethodHandle database;
    private final MethodHandle table;
    private final MethodHandle records;
    private final MethodHandle isLow;
    private final MethodHandle placeOfWatermark;
    private final MethodHandle splits;
    private final MethodHandle newAddition;
    private final MethodHandle isLog;
    private final MethodHandle splitId;
    private final MethodHandle start;
    private final MethodHandle end;
    private final MethodHandle finished;
    private final MethodHandle schemas;
    private final MethodHandle isSuspended;
    private final MethodHandle newLogSplit;
    private final MethodHandle tableOfFinished;
    private final MethodHandle idOfFinished;
    private final MethodHandle placeOfFinished;
    private final MethodHandle newFinished;
    private final MethodHandle isBefore;
    private final MethodHandle newPlace;

    private ReplayHandles(CdcClasses cdc) throws ReflectiveOperationException {
        String base = "org.apache.flink.connector.base.source.reader.";
        Class<?> config = cdc.type("connectors.mysql.source.config.MySqlSourceConfig");
        Class<?> utils = cdc.type("connectors.mysql.debezium.DebeziumUtils");
        Class<?> jdbc = cdc.named("io.debezium.jdbc.JdbcConnection");
        Class<?> state = cdc.type("connectors.mysql.source.split.MySqlSplitState");
        Class<?> snapshotState = cdc.type("connectors.mysql.source.split.MySqlSnapshotSplitState");
        Class<?> place = cdc.type("connectors.mysql.source.offset.BinlogOffset");
        Class<?> tableId = cdc.named("io.debezium.relational.TableId");
        Class<?> recordUtils = cdc.type("connectors.mysql.source.utils.RecordUtils");
        Class<?> record = cdc.kafka("source.SourceRecord");
        Class<?> split = cdc.type("connectors.mysql.source.split.MySqlSplit");
        Class<?> log = cdc.type("connectors.mysql.source.split.MySqlBinlogSplit");
        Class<?> info = cdc.type("connectors.mysql.source.split.FinishedSnapshotSplitInfo");
        emitter = cdc.named(base + "RecordEmitter");
        addition = cdc.named(base + "splitreader.SplitsAddition");
        recordEmitter = Handles.field(cdc.named(base + "SourceReaderBase"), "recordEmitter");
        sourceConfig = Handles.getter(cdc.type("connectors.mysql.source.reader.MySqlSourceReader"), "sourceConfig");
        connection = Handles.method(utils, "createMySqlConnection", config);
        closeConnection = Handles.method(jdbc, "close");
        currentPlace = Handles.method(utils, "currentBinlogOffset", jdbc);
        isOfSnapshot = Handles.method(state, "isSnapshotSplitState");
        asSnapshotState = Handles.method(state, "asSnapshotSplitState");
        pieceOfState = Handles.method(snapshotState, "toMySqlSplit");
        setHighPlace = Handles.method(snapshotState, "setHighWatermark", place);
        tableOfPiece = Handles.method(cdc.type("connectors.mysql.source.split.MySqlSnapshotSplit"), "getTableId");
        database = Handles.method(tableId, "catalog");
        table = Handles.method(tableId, "table");
        records = Handles.method(cdc.type("connectors.mysql.source.split.SourceRecords"), "iterator");
        isLow = Handles.method(recordUtils, "isLowWatermarkEvent", record);
        placeOfWatermark = Handles.method(recordUtils, "getWatermark", record);
        splits = Handles.method(cdc.named(base + "splitreader.SplitsChange"), "splits");
        newAddition = Handles.constructor(addition, List.class);
        isLog = Handles.method(split, "isBinlogSplit");
        splitId = Handles.method(split, "splitId");
        start = Handles.method(log, "getStartingOffset");
        end = Handles.method(log, "getEndingOffset");
        finished = Handles.method(log, "getFinishedSnapshotSplitInfos");
        schemas = Handles.method(log, "getTableSchemas");
        isSuspended = Handles.method(log, "isSuspended");
        newLogSplit =
                Handles.constructor(log, String.class, place, place, List.class, Map.class, int.class, boolean.class);
        tableOfFinished = Handles.method(info, "getTableId");
        idOfFinished = Handles.method(info, "getSplitId");
        placeOfFinished = Handles.method(info, "getHighWatermark");
        newFinished = Handles.constructor(info, tableId, String.class, Object[].class, Object[].class, place);
        isBefore = Handles.method(place, "isBefore", place);
        newPlace = Handles.constructor(place, Map.class);
    }

    /** Those of the CDC that is there; throws where it lacks one. */
    public static ReplayHandles of(CdcClasses cdc) {
        try {
            return new ReplayHandles(cdc);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new ValidationException("Pieces of a snapshot cannot be followed with this Flink CDC, it lacks "
                    + e.getMessage() + "; 2.4.0 and 3.5.0 are known to work");
        }
    }

    /**
     * Whether CDC knows which of two places of the log is the first where the server has no MySQL GTIDs. Before 3.4 it
     * compares the time of a change, which has the number of its server, with that of a watermark, which has neither.
     */
    public boolean ordersPlaces() throws Throwable {
        Object change = newPlace.invoke(Map.of("file", "log.1", "pos", "200", "server_id", "1", "ts_sec", "1"));
        return (boolean) isBefore.invoke(change, newPlace.invoke(Map.of("file", "log.1", "pos", "900")));
    }

    public Class<?> emitter() {
        return emitter;
    }

    /** Puts another emitter into the reader, made of the one that it has. */
    public void replaceEmitter(SourceReader<?, ?> reader, UnaryOperator<Object> replacement)
            throws IllegalAccessException {
        recordEmitter.set(reader, replacement.apply(recordEmitter.get(reader)));
    }

    /** Where the log is now, asked by the reader's own settings. */
    public Object currentPlace(SourceReader<?, ?> reader) throws Throwable {
        Object jdbc = connection.invoke(sourceConfig.invoke(reader));
        try {
            return currentPlace.invoke(jdbc);
        } finally {
            closeConnection.invoke(jdbc);
        }
    }

    public boolean isOfSnapshot(Object splitState) throws Throwable {
        return (boolean) isOfSnapshot.invoke(splitState);
    }

    /** The table that a piece is of. */
    public SourceName tableOfPiece(Object splitState) throws Throwable {
        return name(tableOfPiece.invoke(pieceOfState.invoke(asSnapshotState.invoke(splitState))));
    }

    /** Says up to which place the piece holds the changes of the log. */
    public void setHighPlace(Object splitState, Object place) throws Throwable {
        setHighPlace.invoke(asSnapshotState.invoke(splitState), place);
    }

    /** Where the log was before the piece was read; null if these are not the records that a piece begins with. */
    public Object lowPlace(Object sourceRecords) throws Throwable {
        Iterator<?> all = (Iterator<?>) records.invoke(sourceRecords);
        Object first = all.hasNext() ? all.next() : null;
        return first != null && (boolean) isLow.invoke(first) ? placeOfWatermark.invoke(first) : null;
    }

    public boolean isAddition(Object change) {
        return addition.isInstance(change);
    }

    public List<?> splits(Object change) throws Throwable {
        return (List<?>) splits.invoke(change);
    }

    public Object addition(List<?> of) throws Throwable {
        return newAddition.invoke(of);
    }

    public boolean isLog(Object split) throws Throwable {
        return (boolean) isLog.invoke(split);
    }

    /** The pieces that were read before the log. */
    public List<?> finished(Object logSplit) throws Throwable {
        return (List<?>) finished.invoke(logSplit);
    }

    /** The same split of the log with other pieces. */
    public Object withFinished(Object logSplit, List<?> pieces) throws Throwable {
        return newLogSplit.invoke(
                splitId.invoke(logSplit),
                start.invoke(logSplit),
                end.invoke(logSplit),
                pieces,
                schemas.invoke(logSplit),
                pieces.size(),
                isSuspended.invoke(logSplit));
    }

    public SourceName tableOfFinished(Object piece) throws Throwable {
        return name(tableOfFinished.invoke(piece));
    }

    /** The one of two pieces that was read first, as if it were the whole table. */
    public Object firstAsWhole(Object one, Object other) throws Throwable {
        Object place = placeOfFinished.invoke(one);
        Object otherPlace = placeOfFinished.invoke(other);
        Object first = (boolean) isBefore.invoke(otherPlace, place) ? otherPlace : place;
        return newFinished.invoke(tableOfFinished.invoke(one), idOfFinished.invoke(one), null, null, first);
    }

    private SourceName name(Object tableId) throws Throwable {
        return new SourceName((String) database.invoke(tableId), (String) table.invoke(tableId));
    }
}
