package com.pieclouddb.flink.internal.writer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.jni.RecordingSession;
import com.pieclouddb.flink.internal.plan.TablePlan;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkWriterMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.junit.jupiter.api.Test;

/** What the writer asks of its session, and when. */
class TableWriterTest {

    private final RecordingSession session = new RecordingSession();
    private final ManualTimers timers = new ManualTimers();
    private final SinkWriterMetricGroup metrics =
            InternalSinkWriterMetricGroup.wrap(UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup());

    @Test
    void rowsCrossInBatchesAndAFlushTakesTheRest() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        for (int i = 0; i < 2_000; i++) {
            writer.write(row(i), null);
        }
        writer.flush(false);
        // 40 bytes each: a header, three slots and the frame's head.
        assertThat(session.calls).containsExactly("openTable", "offer 1638", "offer 362", "flush");
    }

    @Test
    void aLoneRowIsHandedOnSoonWithoutBecomingVisible() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        writer.write(row(1), null);
        assertThat(session.calls).containsExactly("openTable");
        timers.advance(200);
        assertThat(session.calls).containsExactly("openTable", "offer 1");
        timers.advance(10_000);
        assertThat(session.calls).as("nothing to hand on, nothing asked").hasSize(2);
        assertThat(timers.waiting()).as("no timer runs while no row waits").isZero();
        writer.write(row(2), null);
        timers.advance(200);
        assertThat(session.calls).containsExactly("openTable", "offer 1", "offer 1");
    }

    @Test
    void aRowThatIsLargerThanABatchHasItsMemoryFirstAndIsHandedOnAtOnce() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        writer.write(row(1), null);
        writer.write(GenericRowData.of(2, StringData.fromString("x".repeat(100_000)), 3), null);
        assertThat(session.calls).containsExactly("openTable", "offer 1", "makeRoom 100040", "offer 1");
    }

    @Test
    void aRowAboveTheBoundIsRefusedByTableAndColumn() throws Exception {
        LoadWriter<RowData> writer = open(Plans.append("sink.row.max-size", "1kb", "sink.buffer-flush.max-rows", "3"));
        writer.write(GenericRowData.of(1, StringData.fromString("x".repeat(900)), 3), null);
        assertThatThrownBy(() -> writer.write(GenericRowData.of(2, StringData.fromString("x".repeat(1100)), 3), null))
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContainingAll(
                        "student'",
                        "column \"name\": a row of",
                        "'sink.row.max-size' = 1024 bytes",
                        "leave the row out of the query");
        writer.write(row(3), null);
    }

    @Test
    void withCheckpointsRowsBecomeVisibleAtCheckpointsOnly() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        for (int i = 0; i < 600_000; i++) {
            writer.write(row(i), null);
        }
        timers.advance(60_000);
        assertThat(session.calls).doesNotContain("flush");
    }

    @Test
    void withoutCheckpointsTimeMakesRowsVisible() throws Exception {
        LoadWriter<RowData> writer = open(Plans.append());
        timers.advance(10_000);
        assertThat(session.calls).as("nothing was written").doesNotContain("flush");
        writer.write(row(1), null);
        timers.advance(10_000);
        assertThat(session.calls).containsExactly("openTable", "offer 1", "flush");
        timers.advance(30_000);
        assertThat(session.calls).as("nothing new").hasSize(3);
    }

    @Test
    void withoutCheckpointsSoManyRowsBecomeVisible() throws Exception {
        LoadWriter<RowData> writer = open(Plans.append("sink.buffer-flush.max-rows", "3"));
        for (int i = 0; i < 7; i++) {
            writer.write(row(i), null);
        }
        assertThat(session.calls).containsExactly("openTable", "offer 3", "flush", "offer 3", "flush");
    }

    @Test
    void soManyBytesBecomeVisibleEvenWithCheckpointsIfAsked() throws Exception {
        TablePlan<RowData> plan = Plans.append("sink.buffer-flush.max-bytes", "100b");
        plan.configure(null, Duration.ofMinutes(1));
        LoadWriter<RowData> writer = open(plan);
        for (int i = 0; i < 4; i++) {
            writer.write(row(i), null);
        }
        assertThat(session.calls).containsExactly("openTable", "offer 3", "flush");
    }

    @Test
    void afterSoLongRowsBecomeVisibleEvenWithCheckpointsIfAsked() throws Exception {
        TablePlan<RowData> plan = Plans.append("sink.buffer-flush.interval", "3s");
        plan.configure(null, Duration.ofMinutes(1));
        LoadWriter<RowData> writer = open(plan);
        writer.write(row(1), null);
        timers.advance(2_999);
        assertThat(session.calls).doesNotContain("flush");
        timers.advance(1);
        assertThat(session.calls).containsExactly("openTable", "offer 1", "flush");
    }

    @Test
    void nothingHappensByItselfAfterTheInputHasEnded() throws Exception {
        LoadWriter<RowData> writer = open(Plans.append());
        writer.write(row(1), null);
        writer.flush(true);
        List<String> calls = List.copyOf(session.calls);
        timers.advance(60_000);
        assertThat(session.calls).isEqualTo(calls);
        assertThat(timers.waiting()).isZero();
    }

    @Test
    void aRowOfOtherColumnsIsRefusedBinaryOrNot() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        for (RowData row : List.of(GenericRowData.of(1), new BinaryRowData(4))) {
            assertThatThrownBy(() -> writer.write(row, null))
                    .isInstanceOf(PieCloudDBException.Permanent.class)
                    .hasMessageContaining("a row of " + row.getArity() + " columns, but the sink's row type has 3");
        }
        assertThat(session.calls).containsExactly("openTable");
    }

    @Test
    void closingPublishesNothing() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        writer.write(row(1), null);
        writer.close();
        timers.advance(60_000);
        assertThat(session.calls).containsExactly("openTable", "close");
    }

    @Test
    void aTableThatCannotBeOpenedLeavesNoSessionBehind() {
        session.failure = new PieCloudDBException(PieCloudDBException.Kind.TARGET, "no such table");
        assertThatThrownBy(() -> open(Plans.append())).isSameAs(session.failure);
        assertThat(session.calls).containsExactly("openTable", "close");
    }

    @Test
    void aFailureIsThrownAndItsRowsAreCounted() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        writer.write(row(1), null);
        writer.write(row(2), null);
        session.failure = new PieCloudDBException(PieCloudDBException.Kind.CONNECTION, "gone");
        assertThatThrownBy(() -> writer.flush(false)).isSameAs(session.failure);
        assertThat(metrics.getNumRecordsSendErrorsCounter().getCount()).isEqualTo(2);
    }

    @Test
    void metricsAreTheSessionsExactCounts() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        for (int round = 0; round < 3; round++) {
            writer.write(row(round), null);
            writer.write(row(round), null);
            writer.flush(false);
        }
        assertThat(metrics.getNumRecordsSendCounter().getCount()).isEqualTo(6);
        assertThat(metrics.getNumBytesSendCounter().getCount()).isEqualTo(session.bytesSent);
        assertThat(metrics.getNumRecordsSendErrorsCounter().getCount()).isZero();
    }

    @Test
    void theSinksIdentityIsInTheStateAndARecoveredOneWins() throws Exception {
        UUID recovered = UUID.randomUUID();
        LoadWriter<RowData> writer =
                open(Plans.merge(), 0, 4, List.of(new WriterState(recovered), new WriterState(recovered)));
        assertThat(writer.snapshotState(7))
                .as("one for each slot of keys")
                .hasSize(32)
                .containsOnly(new WriterState(recovered));
        assertThat(session.sessionSpec).contains("\nsink.id=" + recovered + "\n");
        assertThat(session.sessionSpec)
                .contains("application-name=pieclouddb-flink-"
                        + recovered.toString().substring(0, 8) + "-0-2\n");

        TablePlan<RowData> plan = Plans.merge();
        assertThat(open(plan, 0, 4, List.of()).snapshotState(1)).containsOnly(new WriterState(sinkId(plan)));
    }

    @Test
    void theServerSeesWhichAttemptOfWhichSubtaskIsConnected() throws Exception {
        open(Plans.merge(), 99, 128, List.of());
        String name = session.sessionSpec
                .lines()
                .filter(l -> l.startsWith("application-name="))
                .findFirst()
                .orElseThrow();
        assertThat(name).endsWith("-99-2");
        assertThat(name.substring("application-name=".length()).length())
                .as("PostgreSQL's limit, with the native half's token")
                .isLessThan(64 - 17);
        assertThat(session.sessionSpec).contains("\nwriter.subtask=99\n");
        assertThat(session.sessionSpec).contains("sink.parallelism=128\n");
    }

    @Test
    void moreMergingWritersThanSlotsEndTheJob() {
        assertThatThrownBy(() -> open(Plans.merge(), 0, 129, List.of()))
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContaining("sink parallelism 129")
                .hasMessageContaining("'sink.parallelism'");
        assertThat(session.calls).isEmpty();
    }

    @Test
    void everyWriterFindsAStateAfterAnyRescaling() {
        for (int parallelism = 1; parallelism <= KeySlots.COUNT; parallelism++) {
            int all = 0;
            for (int subtask = 0; subtask < parallelism; subtask++) {
                all += KeySlots.owned(subtask, parallelism);
            }
            assertThat(all).as("elements of %d writers", parallelism).isEqualTo(KeySlots.COUNT);
        }
    }

    @Test
    void exactlyOnceHandsOverOneCommittableForEachCheckpoint() throws Exception {
        TablePlan<RowData> plan = Plans.merge("sink.delivery-guarantee", "exactly-once");
        LoadWriter<RowData> writer = open(plan, 1, 2, List.of());
        writer.write(row(1), null);
        writer.flush(false);
        assertThat(writer.prepareCommit()).hasSize(1).allMatch(c -> c.sinkId().equals(sinkId(plan)));
        assertThat(session.calls).containsExactly("openTable", "offer 1", "flush", "takeCommittable");
        List<WriterState> states = writer.snapshotState(1);
        assertThat(states.get(0)).isEqualTo(new WriterState(sinkId(plan), 1, 2, "staged 4".getBytes(US_ASCII)));
        assertThat(states.subList(1, states.size())).containsOnly(new WriterState(sinkId(plan)));
        writer.flush(false);
        assertThat(writer.prepareCommit()).as("also when nothing was written").hasSize(1);
        assertThat(session.sessionSpec).contains("sink.delivery-guarantee=exactly-once\n");
    }

    @Test
    void exactlyOnceMakesNothingVisibleByItself() throws Exception {
        LoadWriter<RowData> writer = open(Plans.append("sink.delivery-guarantee", "exactly-once"));
        for (int i = 0; i < 600_000; i++) {
            writer.write(row(i), null);
        }
        timers.advance(60_000);
        assertThat(session.calls).doesNotContain("flush");
    }

    @Test
    void atLeastOnceHandsOverNothing() throws Exception {
        LoadWriter<RowData> writer = checkpointed();
        writer.write(row(1), null);
        writer.flush(false);
        assertThat(writer.prepareCommit()).isEmpty();
        assertThat(session.calls).doesNotContain("takeCommittable");
    }

    @Test
    void atLeastOnceWaitsForWhatItsExactlyOncePredecessorStaged() throws Exception {
        WriterState predecessor = new WriterState(UUID.randomUUID(), 1, 2, new byte[] {7});
        open(Plans.merge(), 1, 2, List.of(predecessor, new WriterState(predecessor.sinkId())));
        assertThat(session.sessionSpec).contains("\nrecovered.0=07\n").doesNotContain("recovered.1");
        open(Plans.merge("sink.delivery-guarantee", "exactly-once"), 1, 2, List.of(predecessor));
        assertThat(session.sessionSpec).doesNotContain("recovered");
    }

    @Test
    void atLeastOnceTakesTheKeysOfOnePredecessorOnly() throws Exception {
        WriterState predecessor = new WriterState(UUID.randomUUID(), 1, 2, new byte[] {7});
        assertThatThrownBy(() -> open(Plans.merge(), 1, 4, List.of(predecessor)))
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContaining("parallelism 2")
                .hasMessageContaining("not at 4");
        assertThat(session.calls).isEmpty();
        open(Plans.append(), 1, 4, List.of(predecessor));
        assertThat(session.sessionSpec).as("added rows have no order").contains("recovered.0=07");
    }

    @Test
    void moreExactlyOnceWritersThanSlotsEndTheJob() {
        assertThatThrownBy(() -> open(Plans.append("sink.delivery-guarantee", "exactly-once"), 0, 129, List.of()))
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContaining("129")
                .hasMessageContaining("exactly-once");
    }

    private LoadWriter<RowData> checkpointed() throws IOException {
        TablePlan<RowData> plan = Plans.append();
        plan.configure(null, Duration.ofMinutes(10));
        return open(plan);
    }

    private LoadWriter<RowData> open(TablePlan<RowData> plan) throws IOException {
        return open(plan, 0, 1, List.of());
    }

    @Test
    void aSinkIsOneOfItsOwnInEachPlaceOfEachJob() {
        TablePlan<RowData> plan = Plans.merge();
        UUID id = sinkId(plan);
        assertThat(sinkId(plan)).isEqualTo(id);
        assertThat(sinkId(Plans.merge())).isNotEqualTo(id);
        for (String place : List.of("job other", "other operator")) {
            assertThat(plan.setup().sinkId(place)).isNotEqualTo(id);
        }
    }

    /** What a writer that recovers nothing tells. */
    private static UUID sinkId(TablePlan<RowData> plan) {
        return plan.setup().sinkId("job operator");
    }

    private LoadWriter<RowData> open(TablePlan<RowData> plan, int subtask, int parallelism, List<WriterState> recovered)
            throws IOException {
        WriterContext context = new WriterContext("job operator", subtask, parallelism, 2, metrics, timers);
        return plan.openWriter(context, recovered, session::open);
    }

    private static RowData row(int id) {
        return GenericRowData.of(id, StringData.fromString("name"), id);
    }
}
