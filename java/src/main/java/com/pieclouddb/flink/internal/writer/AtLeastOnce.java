package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.commit.Committable;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows are visible once they are flushed; there is nothing left to commit.
 *
 * <p>After a savepoint of exactly-once writers it merges nothing before the last rows of its predecessor are published:
 * they would undo the newer ones. It has to be the only predecessor of its keys, so parallelism and guarantee cannot
 * change at once.
 */
final class AtLeastOnce implements Delivery {

    private final WriterState state;
    private final String sessionSpec;

    AtLeastOnce(WriterSetup setup, WriterIdentity writer, long ownMemory, Collection<WriterState> recovered)
            throws PieCloudDBException {
        List<WriterState> staged =
                recovered.stream().filter(WriterState::hasStaged).collect(Collectors.toList());
        for (WriterState predecessor : staged) {
            if (setup.routesByKey() && predecessor.parallelism() != writer.parallelism()) {
                throw new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.CONFIG,
                        "the savepoint is of exactly-once writers at sink "
                                + "parallelism " + predecessor.parallelism() + ", and 'sink.delivery-guarantee' = "
                                + "'at-least-once' takes over at the same parallelism only, not at "
                                + writer.parallelism()
                                + ": restore at " + predecessor.parallelism()
                                + ", and rescale with the next savepoint");
            }
        }
        state = new WriterState(writer.sinkId());
        sessionSpec = SpecText.writer(
                setup,
                writer,
                ownMemory,
                staged.stream().map(WriterState::staged).collect(Collectors.toList()));
    }

    @Override
    public String sessionSpec() {
        return sessionSpec;
    }

    @Override
    public List<Committable> prepareCommit(LoadSession session) {
        return List.of();
    }

    @Override
    public WriterState state() {
        return state;
    }
}
