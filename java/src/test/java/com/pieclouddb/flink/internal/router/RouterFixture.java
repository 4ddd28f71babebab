package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.metrics.RecordingMetrics;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.util.Arrays;
import java.util.List;

/** A router outside of Flink whose records are lists of changes. */
final class RouterFixture {

    static final TableChangeConverter<List<TableChange>> CONVERTER = (changes, out) -> changes.forEach(out);

    final List<ShuffleRecord> messages;
    final RecordingMetrics metrics;

    private final RouterHarness<List<TableChange>> router;

    private RouterFixture(RouterHarness<List<TableChange>> router) {
        this.router = router;
        messages = router.messages;
        metrics = router.metrics;
    }

    static RouterFixture start(String... options) throws Exception {
        return restore(List.of(), options);
    }

    /** A router after a restart, from the states of all routers before it. */
    static RouterFixture restore(List<byte[]> states, String... options) throws Exception {
        return with(CONVERTER, states, options);
    }

    static RouterFixture with(TableChangeConverter<List<TableChange>> converter, List<byte[]> states, String... options)
            throws Exception {
        return new RouterFixture(
                new RouterHarness<>(new ChangeRouter<>(converter, Plans.databaseSettings(options)), states));
    }

    /** One record with these changes. */
    RouterFixture feed(TableChange... changes) throws Exception {
        router.feed(Arrays.asList(changes));
        return this;
    }

    List<byte[]> snapshot() throws Exception {
        return router.snapshot();
    }

    void assertEverySlotKnowsItsRows() {
        router.assertEverySlotKnowsItsRows();
    }
}
