package com.pieclouddb.flink.internal.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.RecordingSession;
import com.pieclouddb.flink.internal.metrics.SinkMetric.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Metrics are those of the one table, show the native half's values, and are bounded; docs/metrics.md says the same.
 */
class SinkMetricsTest {

    private static final TableId STUDENT = TableId.of("public", "student");

    private final RecordingSession session = new RecordingSession();
    private final RecordingMetrics registered = new RecordingMetrics();

    @Test
    void theWriterRegistersExactlyItsPartOfTheTable() throws Exception {
        SinkMetrics metrics = new SinkMetrics(registered.writer(), session, 200);
        metrics.addTable(0, STUDENT);
        Set<String> expected = Arrays.stream(SinkMetric.values())
                .filter(metric -> metric.place() != Place.ROUTER)
                .map(metric -> prefix(metric.place()) + metric.metric())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(Stream.concat(registered.gauges.keySet().stream(), registered.counters.keySet().stream()))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void aSinkIntoOneTableHasNoMetricsPerTable() throws Exception {
        new SinkMetrics(registered.writer(), session, 200).readBy(0);
        assertThat(registered.gauges.keySet())
                .noneMatch(name -> name.contains(".table."))
                .contains("pieclouddb.poolInUse", "pieclouddb.poolWaiting", "pieclouddb.poolSwitches");
    }

    @Test
    void gaugesShowWhatWasReadAtTheLastFlush() throws Exception {
        SinkMetrics metrics = new SinkMetrics(registered.writer(), session, 200);
        metrics.addTable(3, STUDENT);
        assertThat(registered.gauge("pieclouddb.table.public.student.rowsSent")).isZero();
        session.rowsSent = 70;
        session.bytesSent = 700;
        metrics.flushed();
        assertThat(registered.counters.get("numRecordsSend").getCount()).isEqualTo(70);
        assertThat(registered.counters.get("numBytesSend").getCount()).isEqualTo(700);
        assertThat(registered.gauge("currentSendTime")).isEqualTo(5);
        assertThat(registered.gauge("pieclouddb.bufferedBytes")).isEqualTo(4_096);
        assertThat(registered.gauge("pieclouddb.poolInUse")).isEqualTo(2);
        assertThat(registered.gauge("pieclouddb.poolWaiting")).isEqualTo(3);
        assertThat(registered.gauge("pieclouddb.poolSwitches")).isEqualTo(4);
        assertThat(registered.gauge("pieclouddb.table.public.student.rowsAccepted"))
                .isEqualTo(1_003);
        assertThat(registered.gauge("pieclouddb.table.public.student.rowsSent")).isEqualTo(2_003);
        assertThat(registered.gauge("pieclouddb.table.public.student.lastMergeMillis"))
                .isEqualTo(7);
    }

    @Test
    void theAgeOfTheOldestRowGrowsBetweenReadings() throws Exception {
        SinkMetrics metrics = new SinkMetrics(registered.writer(), session, 200);
        metrics.addTable(0, STUDENT);
        assertThat(registered.gauge("pieclouddb.table.public.student.oldestUnflushedMillis"))
                .isZero();
        metrics.flushed();
        long first = registered.gauge("pieclouddb.table.public.student.oldestUnflushedMillis");
        assertThat(first).isGreaterThanOrEqualTo(8_000);
        for (long end = System.nanoTime() + 5_000_000_000L;
                registered.gauge("pieclouddb.table.public.student.oldestUnflushedMillis") <= first; ) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void tablesBeyondTheOptionsNumberShareOneGroup() throws Exception {
        SinkMetrics metrics = new SinkMetrics(registered.writer(), session, 2);
        for (int table = 0; table < 10; table++) {
            metrics.addTable(table, TableId.of("public", "t" + table));
            metrics.addTable(table, TableId.of("public", "t" + table));
        }
        metrics.flushed();
        assertThat(registered.gauges.keySet().stream().filter(name -> name.endsWith(".rowsSent")))
                .containsExactly(
                        "pieclouddb.table.public.t0.rowsSent",
                        "pieclouddb.table.public.t1.rowsSent",
                        "pieclouddb.table.rest.rowsSent");
        assertThat(registered.gauge("pieclouddb.table.rest.rowsSent")).isEqualTo(2_002);
    }

    @Test
    void withoutMetricsPerTableThereIsOnlyTheRest() throws Exception {
        new SinkMetrics(registered.writer(), session, 0).addTable(0, STUDENT);
        assertThat(registered.gauges)
                .containsKey("pieclouddb.table.rest.rowsSent")
                .doesNotContainKey("pieclouddb.table.public.student.rowsSent");
    }

    @Test
    void theRoutersCounterIsInOurGroup() {
        SinkMetric.ROWS_SKIPPED.counter(registered.writer()).inc();
        assertThat(registered.counters.get("pieclouddb.rowsSkipped").getCount()).isEqualTo(1);
    }

    @Test
    void theDocumentHoldsTheTableOfTheCode() throws IOException {
        String found = Files.readString(Path.of("docs/metrics.md"))
                .lines()
                .filter(line -> line.startsWith("| `") && !line.contains(" | enumerator, "))
                .collect(Collectors.joining("\n"));
        assertThat(found)
                .isEqualTo(Arrays.stream(SinkMetric.values())
                        .map(metric ->
                                "| `" + metric.metric() + "` | " + metric.place() + " | " + metric.meaning() + " |")
                        .collect(Collectors.joining("\n")));
    }

    private static String prefix(Place place) {
        switch (place) {
            case WRITER:
                return "pieclouddb.";
            case TABLE:
                return "pieclouddb.table.public.student.";
            default:
                return "";
        }
    }
}
