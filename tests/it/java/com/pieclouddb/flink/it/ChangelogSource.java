package com.pieclouddb.flink.it;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;

/**
 * Replays the {@link Partitions} of a history from where the last checkpoint was, at any parallelism.
 *
 * <p>Paced by events instead of time: it waits for a further completed checkpoint after each portion of a partition,
 * and at its gate or limit for the test; only where the history itself says when a change is due, it waits for that.
 */
final class ChangelogSource<T> extends PartitionSource<T> {

    private static final long serialVersionUID = 1L;

    final Partitions<T> changelog;
    final int portions;
    final String gate;
    final int gateAt;
    final Limit limit;
    final boolean repeating;

    private ChangelogSource(
            Partitions<T> changelog, int portions, String gate, int gateAt, Limit limit, boolean repeating) {
        this.changelog = changelog;
        this.portions = portions;
        this.gate = gate;
        this.gateAt = gateAt;
        this.limit = limit;
        this.repeating = repeating;
    }

    /** As fast as it goes. */
    static <T> ChangelogSource<T> of(Partitions<T> changelog) {
        return new ChangelogSource<>(changelog, 0, null, 0, null, false);
    }

    /** With so many completed checkpoints in between. */
    ChangelogSource<T> overCheckpoints(int checkpoints) {
        return new ChangelogSource<>(changelog, checkpoints, gate, gateAt, limit, repeating);
    }

    /**
     * Stands still at this position of each partition until the gate is opened, and fails when the gate tells it to.
     */
    ChangelogSource<T> heldAt(String name, int position) {
        return new ChangelogSource<>(changelog, portions, name, position, limit, repeating);
    }

    /** Goes no further than the limit says. */
    ChangelogSource<T> limitedBy(Limit to) {
        return new ChangelogSource<>(changelog, portions, gate, gateAt, to, false);
    }

    /**
     * The same; where it has to stop it tells its last change again after each checkpoint. So rows are on their way as
     * long as the job runs, and a merge ends as without them.
     */
    ChangelogSource<T> busyUpTo(Limit to) {
        return new ChangelogSource<>(changelog, portions, gate, gateAt, to, true);
    }

    @Override
    int partitions(int parallelism) {
        return changelog.partitions();
    }

    @Override
    public SourceReader<T, PartitionSplit> createReader(SourceReaderContext context) {
        return new ChangelogReader<>(this);
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return changelog.type();
    }
}
