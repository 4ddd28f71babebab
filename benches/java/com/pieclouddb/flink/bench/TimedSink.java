package com.pieclouddb.flink.bench;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSink;
import org.apache.flink.api.connector.sink2.TwoPhaseCommittingSink;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.WithPreCommitTopology;
import org.apache.flink.streaming.api.connector.sink2.WithPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The connector's sink, with a stopwatch around what its writer does at a checkpoint.
 *
 * <p>{@code flush} and {@code prepareCommit} run on the task's thread between two records: for as long, no row is
 * taken. The flush at the end of the input is not counted. All else is the sink's own.
 */
@SuppressWarnings("deprecation")
final class TimedSink<T, S, C> implements StatefulSink<T, S>, WithPreWriteTopology<T>, WithPreCommitTopology<T, C> {

    private static final long serialVersionUID = 1L;

    private final StatefulSink<T, S> stateful;
    private final WithPreWriteTopology<T> routed;
    private final WithPreCommitTopology<T, C> committing;

    private TimedSink(
            StatefulSink<T, S> stateful, WithPreWriteTopology<T> routed, WithPreCommitTopology<T, C> committing) {
        this.stateful = stateful;
        this.routed = routed;
        this.committing = committing;
    }

    /** The connector's sink is all three. */
    @SuppressWarnings("unchecked")
    static <T> Sink<T> of(Sink<T> sink) {
        return new TimedSink<>(
                (StatefulSink<T, Object>) sink, (WithPreWriteTopology<T>) sink, (WithPreCommitTopology<T, Object>)
                        sink);
    }

    @Override
    public DataStream<T> addPreWriteTopology(DataStream<T> in) {
        return routed.addPreWriteTopology(in);
    }

    @Override
    public DataStream<CommittableMessage<C>> addPreCommitTopology(DataStream<CommittableMessage<C>> committables) {
        return committing.addPreCommitTopology(committables);
    }

    @Override
    public TimedWriter<T, S, C> createWriter(InitContext context) throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public TimedWriter<T, S, C> restoreWriter(InitContext context, Collection<S> recovered) throws IOException {
        return new TimedWriter<>(stateful.restoreWriter(context, recovered));
    }

    @Override
    public Committer<C> createCommitter() throws IOException {
        return committing.createCommitter();
    }

    @Override
    public SimpleVersionedSerializer<S> getWriterStateSerializer() {
        return stateful.getWriterStateSerializer();
    }

    @Override
    public SimpleVersionedSerializer<C> getCommittableSerializer() {
        return committing.getCommittableSerializer();
    }

    /** Its writer. */
    static final class TimedWriter<T, S, C>
            implements StatefulSink.StatefulSinkWriter<T, S>, TwoPhaseCommittingSink.PrecommittingSinkWriter<T, C> {

        private final StatefulSink.StatefulSinkWriter<T, S> stateful;
        private final TwoPhaseCommittingSink.PrecommittingSinkWriter<T, C> committing;

        private long flushNanos;
        private boolean ended;

        @SuppressWarnings("unchecked")
        private TimedWriter(StatefulSink.StatefulSinkWriter<T, S> writer) {
            stateful = writer;
            committing = (TwoPhaseCommittingSink.PrecommittingSinkWriter<T, C>) writer;
        }

        @Override
        public void write(T element, Context context) throws IOException, InterruptedException {
            stateful.write(element, context);
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            ended |= endOfInput;
            flushNanos = System.nanoTime();
            stateful.flush(endOfInput);
        }

        @Override
        public Collection<C> prepareCommit() throws IOException, InterruptedException {
            Collection<C> committables = committing.prepareCommit();
            if (!ended) {
                Clock.stalled(System.nanoTime() - flushNanos);
            }
            return committables;
        }

        @Override
        public List<S> snapshotState(long checkpointId) throws IOException {
            return stateful.snapshotState(checkpointId);
        }

        @Override
        public void close() throws IOException {
            try {
                stateful.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
