package com.pieclouddb.flink.internal.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.jni.RecordingSession;
import com.pieclouddb.flink.internal.plan.DatabasePlan;
import com.pieclouddb.flink.internal.row.RowImages;
import com.pieclouddb.flink.internal.shuffle.PackedTableSpec;
import com.pieclouddb.flink.internal.shuffle.SchemaVersion;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkWriterMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;

/** What the database mode's writer asks of its session for messages of any routers. */
class DatabaseWriterTest {

    private static final TableId STUDENT = TableId.of("public", "student");
    private static final TableId COURSE = TableId.of("public", "course");

    private final RecordingSession session = new RecordingSession();
    private final ManualTimers timers = new ManualTimers();
    private final SinkWriterMetricGroup metrics =
            InternalSinkWriterMetricGroup.wrap(UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup());
    private final TestRouter one = new TestRouter(1);
    private final TestRouter two = new TestRouter(2);

    @Test
    void rowsOfManyTablesCrossInOneBatchUnderTheirTables() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a"), null);
        writer.write(one.table(1, COURSE, "a"), null);
        assertThat(session.calls).as("a table opens with its first row").isEmpty();
        for (int number : new int[] {1, 0, 0, 1}) {
            writer.write(one.row(number), null);
        }
        writer.flush(false);
        assertThat(session.calls).containsExactly("openTable", "openTable", "offer 4", "flush");
        assertThat(session.openSpecs).containsExactly(spec(COURSE, "a"), spec(STUDENT, "a"));
        assertThat(session.rowTables).containsExactly(0, 1, 1, 0);
    }

    @Test
    void aChangedSchemaMakesDurableWhatCameBeforeAndOpensTheTableAnew() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a"), null);
        writer.write(one.row(0), null);
        writer.write(one.table(1, STUDENT, "b"), null);
        assertThat(session.calls).as("a schema alone changes nothing").containsExactly("openTable");
        writer.write(one.row(1), null);
        writer.write(one.row(1), null);
        writer.flush(false);
        assertThat(session.calls).containsExactly("openTable", "offer 1", "flush", "openTable", "offer 2", "flush");
        assertThat(session.openSpecs).containsExactly(spec(STUDENT, "a"), spec(STUDENT, "b"));
        assertThat(session.rowTables).containsExactly(0, 0, 0);
    }

    @Test
    void theSameSchemaFromManyRoutersIsOne() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a"), null);
        writer.write(two.table(5, STUDENT, "a"), null);
        writer.write(one.table(0, STUDENT, "a"), null);
        for (int i = 0; i < 3; i++) {
            writer.write(one.row(0), null);
            writer.write(two.row(5), null);
        }
        writer.flush(false);
        assertThat(session.calls).containsExactly("openTable", "offer 6", "flush");
    }

    @Test
    void routersThatDifferForAWhileAreEachServedInTheirForm() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a"), null);
        writer.write(two.table(0, STUDENT, "b"), null);
        writer.write(one.row(0), null);
        writer.write(two.row(0), null);
        writer.write(one.row(0), null);
        writer.flush(false);
        assertThat(session.openSpecs).containsExactly(spec(STUDENT, "a"), spec(STUDENT, "b"), spec(STUDENT, "a"));
        assertThat(session.calls)
                .containsExactly(
                        "openTable",
                        "offer 1",
                        "flush",
                        "openTable",
                        "offer 1",
                        "flush",
                        "openTable",
                        "offer 1",
                        "flush");
    }

    @Test
    void aNumberThatNobodyExplainedEndsTheAttempt() throws Exception {
        DatabaseWriter writer = open();
        assertInternal(() -> writer.write(one.row(0), null), "table number 0");
        writer.write(one.table(0, STUDENT, "a"), null);
        assertInternal(() -> writer.write(one.row(1), null), "table number 1");
        assertInternal(() -> writer.write(two.row(0), null), "table number 0");
    }

    @Test
    void aRoutersOlderNumberOfATableIsForgotten() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a"), null);
        writer.write(one.row(0), null);
        writer.write(one.table(1, STUDENT, "b"), null);
        assertInternal(() -> writer.write(one.row(0), null), "table number 0");
    }

    @Test
    void sourcesThatShareATargetHaveNumbersOfTheirOwn() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, "shard1.student", STUDENT, "a"), null);
        writer.write(one.table(1, "shard2.student", STUDENT, "a"), null);
        for (int i = 0; i < 2; i++) {
            writer.write(one.row(0), null);
            writer.write(one.row(1), null);
        }
        writer.flush(false);
        assertThat(session.calls).as("equal columns need no flush").containsExactly("openTable", "offer 4", "flush");
        writer.write(one.table(2, "shard2.student", STUDENT, "b"), null);
        writer.write(one.row(0), null);
        assertInternal(() -> writer.write(one.row(1), null), "table number 1");
    }

    @Test
    void twoRoutersOfOneNameEndTheAttempt() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a"), null);
        assertInternal(() -> writer.write(new TestRouter(1).table(0, COURSE, "a"), null), "two routers");
    }

    @Test
    void aFlushBeforeAnyTableIsHeardOfStillAsksTheSession() throws Exception {
        DatabaseWriter writer = open();
        writer.flush(false);
        assertThat(session.calls).containsExactly("flush");
    }

    @Test
    void theSessionHasTheOptionsOfItsPool() throws Exception {
        open("connection.pool.max-size", "3", "connection.pool.idle-timeout", "7s", "sink.metrics.max-tables", "9");
        assertThat(session.sessionSpec)
                .contains(
                        "connection.pool.max-size=3\n",
                        "connection.pool.idle-timeout=7000\n",
                        "sink.metrics.max-tables=9\n");
    }

    @Test
    void shardsWhoseCommentsDifferAreOneForm() throws Exception {
        DatabaseWriter writer = open();
        writer.write(one.table(0, STUDENT, "a\ntable.comment=shard 0"), null);
        writer.write(two.table(0, STUDENT, "a\ntable.comment=shard 1"), null);
        for (int row = 0; row < 50; row++) {
            writer.write(one.row(0), null);
            writer.write(two.row(0), null);
        }
        writer.flush(false);
        assertThat(session.calls).containsExactly("openTable", "offer 100", "flush");
    }

    @Test
    void moreWritersThanSlotsAreRefusedUnlessAllTablesAppend() {
        assertThatThrownBy(() -> open(129)).hasMessageContaining("sink parallelism 129");
        assertThat(session.calls).isEmpty();
        assertThatCode(() -> open(129, "load_mode", "append")).doesNotThrowAnyException();
    }

    private static void assertInternal(Writing writing, String words) {
        assertThatThrownBy(writing::run)
                .isExactlyInstanceOf(PieCloudDBException.class)
                .isInstanceOfSatisfying(
                        PieCloudDBException.class,
                        e -> assertThat(e.kind()).isEqualTo(PieCloudDBException.Kind.INTERNAL))
                .hasMessageContaining(words);
    }

    private DatabaseWriter open(String... options) throws IOException {
        return open(1, options);
    }

    private DatabaseWriter open(int parallelism, String... options) throws IOException {
        DatabasePlan<Object> plan = DatabasePlan.of(Plans.databaseSettings(options), (element, out) -> {});
        plan.configure(null, Duration.ofMinutes(10));
        WriterContext context = new WriterContext("job operator", 0, parallelism, 2, metrics, timers);
        return new DatabaseWriter(plan.setup(), context, List.of(), session::open);
    }

    private static String spec(TableId table, String version) {
        return "table-name=" + table.table() + "\nload_mode=merge\nversion=" + version + "\n";
    }

    /** Messages as a router of some name sends them. */
    private static final class TestRouter {

        private final long name;
        private final UUID id = UUID.randomUUID();

        TestRouter(long name) {
            this.name = name;
        }

        ShuffleRecord table(int number, TableId table, String version) {
            return table(number, "", table, version);
        }

        ShuffleRecord table(int number, String source, TableId table, String version) {
            return new ShuffleRecord()
                    .setTable(
                            0,
                            name,
                            id,
                            new SchemaVersion(number, source, PackedTableSpec.of(table, spec(table, version))));
        }

        ShuffleRecord row(int number) {
            return new ShuffleRecord()
                    .setRow(
                            0,
                            name,
                            number,
                            new RowImages(Plans.STUDENT).of(GenericRowData.of(1, StringData.fromString("x"), null)));
        }
    }

    /** A write that should fail. */
    @FunctionalInterface
    private interface Writing {
        void run() throws Exception;
    }
}
