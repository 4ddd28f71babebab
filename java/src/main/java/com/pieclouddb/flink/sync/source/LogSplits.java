package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.FlinkRuntimeException;

/** The piece of the source that is its log, as Flink CDC has it, resolved once. */
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
