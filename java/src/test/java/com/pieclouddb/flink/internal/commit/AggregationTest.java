package com.pieclouddb.flink.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.junit.jupiter.api.Test;

/** What goes out together, and under which checkpoint: `id.sender: shares` for each manifest. */
class AggregationTest {

    private final List<String> sent = new ArrayList<>();
    private Aggregation aggregation = new Aggregation(0, false, this::note);
    private CommittableSummary<Committable> summary;

    @Test
    void allThatCameSinceTheLastBarrierIsOneManifest() throws Exception {
        arrive(3);
        aggregation.barrier(1);
        arrive(3);
        aggregation.barrier(2);
        assertThat(sent).containsExactly("1.0: 3", "2.0: 3");
    }

    @Test
    void whereNothingCameNothingGoesOut() throws Exception {
        aggregation.barrier(1);
        aggregation.aborted(1);
        aggregation.barrier(2);
        aggregation.end();
        assertThat(sent).isEmpty();
    }

    @Test
    void theRestGoesOutUnderTheIdAfterTheLastBarrier() throws Exception {
        arrive(2);
        aggregation.barrier(7);
        arrive(1);
        aggregation.end();
        assertThat(sent).containsExactly("7.0: 2", "8.0: 1");
    }

    @Test
    void anEndWithoutAnyBarrierFollowsTheCheckpointThatWasRestored() throws Exception {
        aggregation = new Aggregation(41, false, this::note);
        arrive(2);
        aggregation.end();
        assertThat(sent).containsExactly("42.0: 2");
    }

    @Test
    void whatFollowsAnAbortedCheckpointIsCommittedWithIt() throws Exception {
        arrive(2);
        aggregation.barrier(5);
        aggregation.aborted(5);
        arrive(2);
        aggregation.barrier(6);
        aggregation.aborted(6);
        arrive(2);
        aggregation.barrier(8);
        arrive(2);
        aggregation.barrier(9);
        assertThat(sent).containsExactly("5.0: 2", "5.1: 2", "5.2: 2", "9.0: 2");
    }

    @Test
    void theEndAfterAnAbortedCheckpointIsCommittedWithItToo() throws Exception {
        arrive(1);
        aggregation.barrier(5);
        aggregation.aborted(5);
        arrive(1);
        aggregation.end();
        assertThat(sent).containsExactly("5.0: 1", "5.1: 1");
    }

    @Test
    void onlyTheLastBarriersAbortionCounts() throws Exception {
        arrive(1);
        aggregation.barrier(5);
        arrive(1);
        aggregation.barrier(6);
        aggregation.aborted(5);
        arrive(1);
        aggregation.barrier(7);
        assertThat(sent)
                .as("6 may complete, and then 7 must not be seen yet")
                .containsExactly("5.0: 1", "6.0: 1", "7.0: 1");
    }

    @Test
    void anAbortedCheckpointThatHadNothingIsNoneToJoin() throws Exception {
        arrive(1);
        aggregation.barrier(5);
        aggregation.barrier(6);
        aggregation.aborted(6);
        arrive(1);
        aggregation.barrier(7);
        assertThat(sent).as("5 may be committed by now").containsExactly("5.0: 1", "7.0: 1");
    }

    private void arrive(int shares) {
        for (int i = 0; i < shares; i++) {
            aggregation.arrives(Staged.share());
        }
    }

    private void note(CommittableMessage<Committable> message) {
        if (message instanceof CommittableSummary) {
            summary = (CommittableSummary<Committable>) message;
            assertThat(summary.getNumberOfCommittables()).isEqualTo(1);
            assertThat(summary.getNumberOfPendingCommittables()).isEqualTo(1);
            assertThat(summary.getNumberOfFailedCommittables()).isZero();
            return;
        }
        CommittableWithLineage<Committable> committable = (CommittableWithLineage<Committable>) message;
        assertThat(committable.getSubtaskId()).isEqualTo(summary.getSubtaskId());
        assertThat(committable.getCheckpointId()).isEqualTo(summary.getCheckpointId());
        sent.add(summary.getCheckpointId().getAsLong() + "." + summary.getSubtaskId() + ": "
                + Staged.shares(committable.getCommittable()));
    }
}
