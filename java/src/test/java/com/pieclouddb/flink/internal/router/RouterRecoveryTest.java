package com.pieclouddb.flink.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.plan.DatabasePlan;
import com.pieclouddb.flink.internal.plan.DatabaseTopology;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.RichSourceFunction;
import org.apache.flink.table.data.GenericRowData;
import org.junit.jupiter.api.Test;

/** A job that fails after a checkpoint goes on although its source tells no schema a second time. */
class RouterRecoveryTest {

    private static final long NUMBERS = 2_000;
    private static final long FAILS_AT = 1_000;
    private static final TableId TABLE = TableId.of("public", "student");

    private static final AtomicInteger FAILURES = new AtomicInteger();

    @Test
    @SuppressWarnings("deprecation")
    void schemasComeFromTheCheckpointAndAreToldToTheNewWriters() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", "20 ms");
        configuration.setString("execution.checkpointing.unaligned", "true");
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "1");
        configuration.setString("restart-strategy.fixed-delay.delay", "1 ms");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        FAILURES.set(0);
        DatabasePlan<Long> plan = DatabasePlan.of(Plans.databaseSettings(), new FirstTells());
        plan.configure("sink", Duration.ofMinutes(10));
        List<String> messages = DatabaseTopology.apply(
                        plan.router(), plan.uid(), env.addSource(new FailingNumbers(), Types.LONG))
                .map(new Describe())
                .returns(Types.STRING)
                .setParallelism(3)
                .executeAndCollect((int) NUMBERS + 3 * KeySlots.COUNT);
        assertThat(FAILURES).hasValue(1);
        Map<String, Integer> rows = new HashMap<>();
        messages.stream()
                .filter(message -> message.startsWith("row "))
                .map(message -> message.split(" ")[1])
                .forEach(router -> rows.merge(router, 1, Integer::sum));
        assertThat(rows).as("rows of the routers before and after the failure").hasSize(2);
        assertThat(rows.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo((int) NUMBERS);
        for (String router : rows.keySet()) {
            assertThat(messages).contains("table " + router + " " + TABLE);
        }
    }

    /** The schema comes with the number 0 and never again. */
    private static final class FirstTells implements TableChangeConverter<Long> {

        private static final long serialVersionUID = 1L;

        @Override
        public void convert(Long number, Consumer<TableChange> out) {
            if (number == 0) {
                out.accept(TableChange.schema(TABLE, TableSchema.of(Plans.STUDENT, "id")));
            }
            out.accept(TableChange.row(TABLE, GenericRowData.of(number.intValue(), null, null)));
        }
    }

    /** Tells which router sent what. */
    private static final class Describe implements MapFunction<ShuffleRecord, String> {

        private static final long serialVersionUID = 1L;

        @Override
        public String map(ShuffleRecord change) {
            return (change.isRow() ? "row " : "table ")
                    + change.router()
                    + (change.isRow() ? "" : " " + change.form().table());
        }
    }

    /** Counts up, waits in the middle for a checkpoint and fails, once. */
    @SuppressWarnings("deprecation")
    private static final class FailingNumbers extends RichSourceFunction<Long>
            implements CheckpointedFunction, CheckpointListener {

        private static final long serialVersionUID = 1L;

        private transient ListState<Long> state;
        private transient long next;
        private transient int checkpointsToGo;
        private volatile boolean running = true;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            state = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("next", Types.LONG));
            for (Long saved : state.get()) {
                next = saved;
            }
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            state.update(List.of(next));
        }

        @Override
        public void run(SourceContext<Long> out) throws Exception {
            while (running && next < NUMBERS) {
                synchronized (out.getCheckpointLock()) {
                    out.collect(next++);
                }
                if (next == FAILS_AT && FAILURES.get() == 0) {
                    awaitCheckpoint();
                    FAILURES.incrementAndGet();
                    throw new IllegalStateException("as planned");
                }
            }
        }

        private synchronized void awaitCheckpoint() throws InterruptedException {
            // The first to complete may have begun earlier.
            checkpointsToGo = 2;
            while (running && checkpointsToGo > 0) {
                wait();
            }
        }

        @Override
        public synchronized void notifyCheckpointComplete(long checkpointId) {
            checkpointsToGo--;
            notifyAll();
        }

        @Override
        public synchronized void cancel() {
            running = false;
            notifyAll();
        }
    }
}
