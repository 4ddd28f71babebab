package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.commit.Committable;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.metrics.SinkMetrics;
import com.pieclouddb.flink.internal.row.RowBatch;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subtask's writer, whatever its rows come in: row images in on the task thread, batches out to a
 * {@link LoadSession}.
 *
 * <p>Promises that nothing of a record is kept after {@link #write}, that {@link #flush} returns only when every row
 * written before it is durable and, unless it waits for a committer, visible, that a started batch reaches the session
 * soon even when rows are rare, and that {@link #close} never publishes. Knows no Flink context type and nothing of SQL
 * or connections; which table a row is of, and when tables open, is its subclasses' concern.
 *
 * @param <I> what the writer takes
 */
@Internal
public abstract class LoadWriter<I> implements SinkWriter<I> {

    private static final Logger LOG = LoggerFactory.getLogger(LoadWriter.class);

    /** One crossing per so many bytes: few enough not to count, small enough to stay in a processor's cache. */
    static final int BATCH_BYTES = 64 * 1024;

    /** How long a row may wait for others of its batch. */
    private static final Duration LINGER = Duration.ofMillis(200);

    private final LoadSession session;
    private final RowBatch batch;
    private final FlushPolicy flushPolicy;
    private final SinkMetrics metrics;
    private final ProcessingTimeService timers;
    private final Delivery delivery;

    /** At the end of the input nothing of it is of use to anybody: no checkpoint, and no committer. */
    private final boolean leaves;

    /** How many elements of state are this writer's. */
    private final int slots;

    /** Rows since the last flush, the current batch included. */
    private long unflushedRows;

    /** Bytes since the last flush, without the current batch. */
    private long takenBytes;

    private boolean lingering;
    private boolean ended;

    /**
     * Opens a session.
     *
     * @param setup what all subtasks share
     * @param context this subtask's place
     * @param recovered the states of any number of earlier writers; their identity wins
     * @param sessions opens a session from its spec text
     */
    LoadWriter(WriterSetup setup, WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions)
            throws IOException {
        checkParallelism(setup, context);
        UUID sinkId =
                recovered.stream().findFirst().map(WriterState::sinkId).orElseGet(() -> setup.sinkId(context.place()));
        slots = KeySlots.owned(context.subtask(), context.parallelism());
        flushPolicy = new FlushPolicy(setup.settings(), setup.hasCheckpoints() || setup.isExactlyOnce());
        timers = context.timers();
        leaves = !setup.hasCheckpoints() && !setup.isExactlyOnce();
        batch = new RowBatch(BATCH_BYTES);
        WriterIdentity drawn =
                WriterIdentity.writer(sinkId, context.subtask(), context.parallelism(), context.attempt());
        WriterIdentity identity = recovered.isEmpty() ? drawn : drawn.restored();
        delivery = setup.isExactlyOnce()
                ? new ExactlyOnce(setup, identity, BATCH_BYTES)
                : new AtLeastOnce(setup, identity, BATCH_BYTES, recovered);
        session = sessions.open(delivery.sessionSpec());
        try {
            metrics = new SinkMetrics(
                    context.metrics(), session, setup.settings().get(PieCloudDBOptions.METRICS_MAX_TABLES));
        } catch (PieCloudDBException e) {
            session.close();
            throw e;
        }
        LOG.debug(
                "writer opened for {}, subtask {}/{}, {}",
                setup.settings(),
                context.subtask(),
                context.parallelism(),
                setup.hasCheckpoints() ? "lock timeout " + setup.lockTimeout() : "without checkpoints");
        if (flushPolicy.intervalMillis() > 0) {
            after(flushPolicy.intervalMillis(), this::flushByTime);
        }
    }

    /** Opens a table, or changes an open one, right after a flush. */
    final int openTable(String spec) throws PieCloudDBException {
        return session.openTable(spec);
    }

    /** Opens a table in a form. Rows of two forms are never in one transaction: what came before is durable first. */
    final void open(OpenTable table, String spec, String form) throws PieCloudDBException, InterruptedException {
        if (table.form != null) {
            sendBatch(true);
        }
        table.number = openTable(spec);
        table.form = form;
        metrics.addTable(table.number, table.id);
    }

    /** What of a table's spec decides how its rows are read, as a text to compare. */
    final String tableForm(String spec) throws PieCloudDBException {
        return session.tableForm(spec);
    }

    final SinkMetrics metrics() {
        return metrics;
    }

    /** Takes one row of an open table. */
    final void accept(int table, RowImage row) throws PieCloudDBException, InterruptedException {
        if (!batch.add(table, row)) {
            sendBatch(false);
            if (!batch.add(table, row)) {
                acceptLarge(table, row);
            }
        }
        unflushedRows++;
        if (flushPolicy.isDue(unflushedRows, takenBytes + batch.length())) {
            sendBatch(true);
        } else if (batch.isLarge()) {
            sendBatch(false);
        } else if (!lingering) {
            lingering = true;
            after(LINGER.toMillis(), this::endLinger);
        }
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        ended |= endOfInput;
        sendBatch(true);
        if (endOfInput && leaves) {
            session.leave();
        }
    }

    /** What the checkpoint whose rows {@link #flush} has made durable leaves to a committer. */
    public List<Committable> prepareCommit() throws PieCloudDBException {
        return delivery.prepareCommit(session);
    }

    /**
     * The writer's part of a checkpoint whose rows {@link #flush} has made durable.
     *
     * @param checkpointId not used: nothing in it depends on that
     * @return one element for each slot of keys that the writer owns, so that each writer recovers one after any change
     *     of the parallelism; all tell the sink's identity
     */
    public List<WriterState> snapshotState(long checkpointId) {
        WriterState state = delivery.state();
        List<WriterState> elements = new ArrayList<>(Collections.nCopies(slots, new WriterState(state.sinkId())));
        elements.set(0, state);
        return elements;
    }

    @Override
    public void close() throws IOException {
        ended = true;
        try {
            session.close();
        } finally {
            batch.close();
        }
    }

    /** Gives the started batch to the session and, if wanted, makes all that it took visible. */
    final void sendBatch(boolean flush) throws PieCloudDBException, InterruptedException {
        try {
            if (batch.rows() > 0) {
                session.offer(batch.buffer(), batch.length());
                takenBytes += batch.length();
                batch.clear();
                metrics.update();
            }
            if (flush) {
                session.flush();
                metrics.flushed();
                unflushedRows = 0;
                takenBytes = 0;
            }
        } catch (PieCloudDBException e) {
            metrics.failed(unflushedRows);
            throw e;
        }
    }

    /** Its copy is made once the budget has room for it: until then it is Flink's memory alone. */
    private void acceptLarge(int table, RowImage row) throws PieCloudDBException, InterruptedException {
        try {
            session.makeRoom(RowBatch.bytesOf(row));
        } catch (PieCloudDBException e) {
            metrics.failed(unflushedRows);
            throw e;
        }
        batch.addLarge(table, row);
    }

    private void endLinger() throws PieCloudDBException, InterruptedException {
        lingering = false;
        sendBatch(false);
    }

    private void flushByTime() throws PieCloudDBException, InterruptedException {
        if (unflushedRows > 0) {
            sendBatch(true);
        }
        after(flushPolicy.intervalMillis(), this::flushByTime);
    }

    /** Runs on the task thread, between two records; not at all once the input has ended or the writer is closed. */
    private void after(long millis, Timed action) {
        timers.registerTimer(timers.getCurrentProcessingTime() + millis, time -> {
            if (!ended) {
                action.run();
            }
        });
    }

    private static void checkParallelism(WriterSetup setup, WriterContext context) throws PieCloudDBException {
        Optional<String> problem =
                KeySlots.parallelismProblem(context.parallelism(), setup.settings(), setup.routesByKey());
        if (problem.isPresent()) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.CONFIG,
                    "sink parallelism " + problem.get() + ": set 'sink.parallelism' to " + KeySlots.COUNT + " or less");
        }
    }

    @FunctionalInterface
    private interface Timed {
        void run() throws PieCloudDBException, InterruptedException;
    }
}
