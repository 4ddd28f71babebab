package com.pieclouddb.flink.it;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * Emits the same number of rows in each checkpoint period, each with its period's number, until its gate is opened;
 * each subtask is a lane. What the tables must hold at a checkpoint is known by the {@link Periods} that it keeps.
 *
 * <p>A period ends with the snapshot, whether its checkpoint completes or not. The rows of a merge have the same keys
 * in each period.
 */
final class PeriodSource extends LaneSource<Row> {

    /** Of each lane in each period. */
    static final int ROWS = 30;

    private static final long serialVersionUID = 1L;

    private final String name;
    private final boolean sameKeys;

    PeriodSource(String name, boolean sameKeys) {
        this.name = name;
        this.sameKeys = sameKeys;
    }

    @Override
    int lanes(int parallelism) {
        return parallelism;
    }

    @Override
    public SourceReader<Row, LaneSplit> createReader(SourceReaderContext context) {
        return new Reader(context.currentParallelism());
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return PeriodTables.STREAM_TYPE;
    }

    /** The position in a lane is the number of periods that were emitted. */
    private final class Reader extends LaneReader<Row> {

        private final int lanes;
        private boolean snapshotTaken = true;

        Reader(int lanes) {
            this.lanes = lanes;
        }

        @Override
        void added(LaneSplit lane) {
            // Nobody may have been told of its completion before the failure.
            if (lane.checkpoint > 0) {
                Periods.named(name).completed(lane.checkpoint);
            }
        }

        @Override
        void snapshot(LaneSplit lane, long checkpoint) throws InterruptedException {
            Periods.named(name).snapshot(checkpoint, lane.lane, lane.position);
            Periods.named(name).awaitRelease(lane.lane);
            snapshotTaken = true;
        }

        @Override
        Step next(LaneSplit lane, ReaderOutput<Row> out) throws Exception {
            Gate.named(name).failIfTold();
            if (!snapshotTaken) {
                return Step.WAITING;
            }
            if (Gate.named(name).isOpenWithin(0)) {
                Periods.named(name).ended(lane.lane, lane.position);
                return Step.ENDED;
            }
            for (int row = 0; row < ROWS; row++) {
                long id = (long) lane.lane * ROWS + row + (sameKeys ? 0L : (long) lane.position * lanes * ROWS);
                out.collect(Row.ofKind(RowKind.INSERT, id, lane.lane, lane.position));
            }
            lane.position++;
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
