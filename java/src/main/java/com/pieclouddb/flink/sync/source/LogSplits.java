package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.lang.invoke.MethodHandle;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.util.FlinkRuntimeException;

/** The pieces of the source as Flink CDC has them, and the one that is its log, resolved once. */
final class LogSplits {

    private final Class<?> log;
    private final MethodHandle splitId;
    private final MethodHandle starting;
    private final MethodHandle ending;
    private final MethodHandle finished;
    private final MethodHandle schemas;
    private final MethodHandle total;
    private final MethodHandle make;
    private final MethodHandle gtids;
    private final MethodHandle newBuilder;
    private final MethodHandle setPlace;
    private final MethodHandle setGtids;
    private final MethodHandle build;
    private final MethodHandle isRead;
    private final MethodHandle tableOfPiece;
    private final MethodHandle tableOfFinished;
    private final MethodHandle database;
    private final MethodHandle table;

    LogSplits(CdcClasses cdc) throws ReflectiveOperationException {
        log = cdc.type("connectors.mysql.source.split.MySqlBinlogSplit");
        Class<?> offset = cdc.type("connectors.mysql.source.offset.BinlogOffset");
        Class<?> builder = cdc.type("connectors.mysql.source.offset.BinlogOffsetBuilder");
        splitId = Handles.method(log, "splitId");
        starting = Handles.method(log, "getStartingOffset");
        ending = Handles.method(log, "getEndingOffset");
        finished = Handles.method(log, "getFinishedSnapshotSplitInfos");
        schemas = Handles.method(log, "getTableSchemas");
        total = Handles.method(log, "getTotalFinishedSplitSize");
        make = Handles.constructor(log, String.class, offset, offset, List.class, Map.class, int.class);
        gtids = Handles.method(offset, "getGtidSet");
        newBuilder = Handles.method(offset, "builder");
        setPlace = Handles.method(builder, "setBinlogFilePosition", String.class, long.class);
        setGtids = Handles.method(builder, "setGtidSet", String.class);
        build = Handles.method(builder, "build");
        Class<?> piece = cdc.type("connectors.mysql.source.split.MySqlSnapshotSplit");
        isRead = Handles.method(piece, "isSnapshotReadFinished");
        tableOfPiece = Handles.method(piece, "getTableId");
        tableOfFinished =
                Handles.method(cdc.type("connectors.mysql.source.split.FinishedSnapshotSplitInfo"), "getTableId");
        Class<?> tableId = cdc.named("io.debezium.relational.TableId");
        database = Handles.method(tableId, "catalog");
        table = Handles.method(tableId, "table");
    }

    boolean isLog(Object split) {
        return log.isInstance(split);
    }

    /** What had been executed where a log's piece begins; null where the server has no GTIDs. */
    String gtids(Object split) {
        try {
            return (String) gtids.invoke(starting.invoke(split));
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }

    /** Whether a piece of a snapshot has been read; it waits for the enumerator to be told then. */
    boolean isRead(Object piece) {
        try {
            return (boolean) isRead.invoke(piece);
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }

    /** The table that a piece of a snapshot is of. */
    SourceName tableOfPiece(Object piece) {
        try {
            return name(tableOfPiece.invoke(piece));
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }

    /**
     * Tables of which the log's piece says that the job reads them: it has their definitions once the log was begun,
     * and pieces of their snapshot before; of more pieces than are told at once it names none yet.
     */
    Set<SourceName> tables(Object split) {
        try {
            Set<SourceName> tables = new HashSet<>();
            for (Object id : ((Map<?, ?>) schemas.invoke(split)).keySet()) {
                tables.add(name(id));
            }
            for (Object piece : (List<?>) finished.invoke(split)) {
                tables.add(name(tableOfFinished.invoke(piece)));
            }
            return tables;
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }

    private SourceName name(Object tableId) throws Throwable {
        return new SourceName((String) database.invoke(tableId), (String) table.invoke(tableId));
    }

    /** The same piece, but for the place where it begins. */
    @SuppressWarnings("unchecked")
    <SplitT> SplitT from(SplitT split, LogPosition place) {
        try {
            Object builder = setPlace.invoke(newBuilder.invoke(), place.file(), place.position());
            if (!place.gtids().isEmpty()) {
                builder = setGtids.invoke(builder, place.gtids());
            }
            return (SplitT) make.invoke(
                    splitId.invoke(split),
                    build.invoke(builder),
                    ending.invoke(split),
                    finished.invoke(split),
                    schemas.invoke(split),
                    total.invoke(split));
        } catch (Throwable e) {
            throw new FlinkRuntimeException(e);
        }
    }
}
