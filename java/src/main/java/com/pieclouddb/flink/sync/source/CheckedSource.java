package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.watch.WatchedSource;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A source that asks its server whether it can be followed: its readers when they open, and its enumerator so often as
 * is cheap.
 *
 * <p>Its state says of which server it is; that of the source inside is in it as it was, and one that was written
 * without it is read. Pieces are the source's own.
 */
final class CheckedSource<SplitT extends SourceSplit, StateT>
        implements Source<String, SplitT, SourceState>, ResultTypeQueryable<String> {

    private static final long serialVersionUID = 1L;

    private final WatchedSource<SplitT, StateT> inner;
    private final PlannedSource planned;

    CheckedSource(WatchedSource<SplitT, StateT> inner, PlannedSource planned) {
        this.inner = inner;
        this.planned = planned;
    }

    @Override
    public SourceReader<String, SplitT> createReader(SourceReaderContext context) throws Exception {
        return new CheckedReader<>(inner.createReader(context), context, planned, inner.cdc());
    }

    @Override
    public SplitEnumerator<SplitT, SourceState> createEnumerator(SplitEnumeratorContext<SplitT> context)
            throws Exception {
        LogPosition begin = planned.begin();
        return new CheckedEnumerator<>(
                inner.createEnumerator(LogBegin.in(context, inner.cdc(), begin)),
                inner.getEnumeratorCheckpointSerializer(),
                context,
                planned,
                inner.cdc(),
                planned.server(),
                begin);
    }

    @Override
    public SplitEnumerator<SplitT, SourceState> restoreEnumerator(
            SplitEnumeratorContext<SplitT> context, SourceState state) throws Exception {
        LogPosition begin = state.begin();
        SimpleVersionedSerializer<StateT> serializer = inner.getEnumeratorCheckpointSerializer();
        return new CheckedEnumerator<>(
                inner.restoreEnumerator(
                        LogBegin.in(context, inner.cdc(), begin),
                        serializer.deserialize(state.version(), state.inner())),
                serializer,
                context,
                planned,
                inner.cdc(),
                state.server() == null ? planned.server() : state.server(),
                begin);
    }

    @Override
    public Boundedness getBoundedness() {
        return inner.getBoundedness();
    }

    @Override
    public SimpleVersionedSerializer<SplitT> getSplitSerializer() {
        return inner.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<SourceState> getEnumeratorCheckpointSerializer() {
        return new SourceStateSerializer();
    }

    @Override
    public TypeInformation<String> getProducedType() {
        return Types.STRING;
    }
}
