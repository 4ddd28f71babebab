package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.commit.Committable;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.util.List;

/**
 * Rows are staged when they are flushed, and become visible when a committer publishes what this hands over.
 *
 * <p>Each checkpoint gets one committable, also where nothing was written: the committer learns from it who lives. The
 * last one goes into the state as well, for at-least-once writers that may take over.
 */
final class ExactlyOnce implements Delivery {

    private final WriterIdentity writer;
    private final String sessionSpec;
    private byte[] lastStaged = {};

    ExactlyOnce(WriterSetup setup, WriterIdentity writer, long ownMemory) {
        this.writer = writer;
        sessionSpec = SpecText.writer(setup, writer, ownMemory, List.of());
    }

    @Override
    public String sessionSpec() {
        return sessionSpec;
    }

    @Override
    public List<Committable> prepareCommit(LoadSession session) throws PieCloudDBException {
        lastStaged = session.takeCommittable();
        return List.of(Committable.of(writer.sinkId(), lastStaged));
    }

    @Override
    public WriterState state() {
        return new WriterState(writer.sinkId(), writer.subtask(), writer.parallelism(), lastStaged);
    }
}
