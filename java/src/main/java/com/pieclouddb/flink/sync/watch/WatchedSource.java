package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.handles.CdcHandles;
import com.pieclouddb.flink.sync.handles.ReplayHandles;
import com.pieclouddb.flink.sync.mysql.HiddenColumns;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.annotation.Internal;
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
 * Flink CDC's MySQL source with readers that are watched, see {@link WatchedReader}, and whose snapshot is followed
 * whole, see {@link SnapshotReplay}.
 *
 * <p>State and pieces are CDC's own: the watch keeps nothing in a checkpoint.
 */
@Internal
public final class WatchedSource<SplitT extends SourceSplit, StateT>
        implements Source<String, SplitT, StateT>, ResultTypeQueryable<String> {

    private static final long serialVersionUID = 1L;

    private final Source<String, SplitT, StateT> inner;
    private final MySqlConf conf;

    /** Names of charsets by the numbers of the server's collations. */
    private final HashMap<Integer, String> charsets;

    private final ReplayedTables replayed;

    public WatchedSource(
            Source<String, SplitT, StateT> inner,
            MySqlConf conf,
            Map<Integer, String> charsets,
            ReplayedTables replayed) {
        this.inner = inner;
        this.conf = conf;
        this.charsets = new HashMap<>(charsets);
        this.replayed = replayed;
    }

    @Override
    public WatchedReader<SplitT> createReader(SourceReaderContext context) throws Exception {
        CdcClasses cdc = cdc();
        CdcHandles handles = CdcHandles.of(cdc);
        HiddenColumns hidden = new HiddenColumns(conf, cdc);
        SourceReader<String, SplitT> reader = inner.createReader(context);
        WatchedReader<SplitT> watched = WatchedReader.of(
                reader,
                handles,
                splitReader -> new WatchedFetches(handles, splitReader, charsets, hidden, new LiveTables(conf, cdc)));
        SnapshotReplay.into(reader, handles, ReplayHandles.of(cdc), replayed);
        return watched;
    }

    /** The Flink CDC that it is of. */
    public CdcClasses cdc() {
        return CdcClasses.of(inner);
    }

    @Override
    public Boundedness getBoundedness() {
        return inner.getBoundedness();
    }

    @Override
    public SplitEnumerator<SplitT, StateT> createEnumerator(SplitEnumeratorContext<SplitT> context) throws Exception {
        return inner.createEnumerator(context);
    }

    @Override
    public SplitEnumerator<SplitT, StateT> restoreEnumerator(SplitEnumeratorContext<SplitT> context, StateT state)
            throws Exception {
        return inner.restoreEnumerator(context, state);
    }

    @Override
    public SimpleVersionedSerializer<SplitT> getSplitSerializer() {
        return inner.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<StateT> getEnumeratorCheckpointSerializer() {
        return inner.getEnumeratorCheckpointSerializer();
    }

    @Override
    public TypeInformation<String> getProducedType() {
        return Types.STRING;
    }
}
