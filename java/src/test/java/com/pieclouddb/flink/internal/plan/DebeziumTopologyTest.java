package com.pieclouddb.flink.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.DebeziumConverter;
import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.TargetNaming;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.router.DebeziumStream;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;
import org.junit.jupiter.api.Test;

/** Schema events of a topic of their own reach the routers of all rows, as docs/database-sync.md has it. */
class DebeziumTopologyTest {

    private static final int ROWS = 100;

    private static final String EVENT =
            "{\"databaseName\":\"shop\",\"ddl\":\"x\",\"tableChanges\":[{\"type\":\"CREATE\","
                    + "\"id\":\"\\\"shop\\\".\\\"t\\\"\",\"table\":{\"primaryKeyColumnNames\":[\"id\"],\"columns\":"
                    + "[{\"name\":\"id\",\"typeName\":\"INT\",\"optional\":false}]}}]}";

    /** Counted down by each router that hears the event; the jobs of this test run in this process. */
    private static CountDownLatch heard;

    @Test
    @SuppressWarnings("deprecation")
    void aBroadcastEventIsHeardByEveryRouter() throws Exception {
        heard = new CountDownLatch(2);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        DataStream<String> rows = env.addSource(new RowsBehindTheEvent(), Types.STRING);
        DataStream<String> schemas = env.fromElements(EVENT);
        DebeziumStream<String> stream = new DebeziumStream<>(
                new Listening(), DebeziumDecimals.BASE64, TargetNaming.schemaForEachDatabase(), List.of(), 0);
        List<Boolean> messages = DatabaseTopology.apply(
                        DatabasePlan.of(Plans.databaseSettings(), stream).router(),
                        null,
                        rows.union(schemas.broadcast()))
                .map(ShuffleRecord::isRow)
                .returns(Types.BOOLEAN)
                .executeAndCollect(2 * ROWS + 2 * KeySlots.COUNT);
        assertThat(messages.stream().filter(row -> row)).hasSize(2 * ROWS);
    }

    /** Tells which records come by. */
    private static final class Listening implements DebeziumConverter<String> {

        private static final long serialVersionUID = 1L;

        @Override
        public byte[] value(String element) {
            if (element.equals(EVENT)) {
                heard.countDown();
            }
            return element.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Both subtasks have rows, once all routers have heard. */
    @SuppressWarnings("deprecation")
    private static final class RowsBehindTheEvent extends RichParallelSourceFunction<String> {

        private static final long serialVersionUID = 1L;

        private transient volatile Thread waiting;

        @Override
        public void run(SourceContext<String> out) throws Exception {
            waiting = Thread.currentThread();
            heard.await();
            for (int id = 0; id < ROWS; id++) {
                out.collect("{\"before\":null,\"after\":{\"id\":" + id
                        + "},\"source\":{\"db\":\"shop\",\"table\":\"t\"}," + "\"op\":\"c\"}");
            }
        }

        @Override
        public void cancel() {
            if (waiting != null) {
                waiting.interrupt();
            }
        }
    }
}
