package com.pieclouddb.flink.it;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * Emits the same number of rows in each checkpoint period, each with its period's number, until its gate is opened;
 * each subtask is a partition. What the tables must hold at a checkpoint is known by the {@link Periods} that it keeps.
 *
 * <p>A period ends with the snapshot, whether its checkpoint completes or not. The rows of a merge have the same keys
 * in each period.
 */
final class PeriodSource extends PartitionSource<Row> {

    /** Of each partition in each period. */
    static final int ROWS = 30;

    private static final long serialVersionUID = 1L;

    private final String name;
    private final boolean sameKeys;

    PeriodSource(String name, boolean sameKeys) {
        this.name = name;
        this.sameKeys = sameKeys;
    }

    @Override
    int partitions(int parallelism) {
        return parallelism;
    }

    @Override
    public SourceReader<Row, PartitionSplit> createReader(SourceReaderContext context) {
        return new Reader(context.currentParallelism());
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return PeriodTables.STREAM_TYPE;
    }

    /** The position in a partition is the number of periods that were emitted. */
    private final class Reader extends PartitionReader<Row> {

        private final int partitions;
        private boolean snapshotTaken = true;

        Reader(int partitions) {
            this.partitions = partitions;
        }

        @Override
        void added(PartitionSplit partition) {
            // Nobody may have been told of its completion before the failure.
            if (partition.checkpoint > 0) {
                Periods.named(name).completed(partition.checkpoint);
            }
        }

        @Override
        void snapshot(PartitionSplit partition, long checkpoint) throws InterruptedException {
            Periods.named(name).snapshot(checkpoint, partition.partition, partition.position);
            Periods.named(name).awaitRelease(partition.partition);
            snapshotTaken = true;
        }

        @Override
        Step next(PartitionSplit partition, ReaderOutput<Row> out) throws Exception {
            Gate.named(name).failIfTold();
            if (!snapshotTaken) {
                return Step.WAITING;
            }
            if (Gate.named(name).isOpenWithin(0)) {
                Periods.named(name).ended(partition.partition, partition.position);
                return Step.ENDED;
            }
            for (int row = 0; row < ROWS; row++) {
                long id = (long) partition.partition * ROWS
                        + row
                        + (sameKeys ? 0L : (long) partition.position * partitions * ROWS);
                out.collect(Row.ofKind(RowKind.INSERT, id, partition.partition, partition.position));
            }
            partition.position++;
            snapshotTaken = false;
            return Step.TOLD;
        }

        @Override
        public void notifyCheckpointComplete(long checkpoint) {
            Periods.named(name).completed(checkpoint);
        }

        @Override
        public void notifyCheckpointAborted(long checkpoint) {
            Gate.named(name).countAborted();
        }
    }
}
