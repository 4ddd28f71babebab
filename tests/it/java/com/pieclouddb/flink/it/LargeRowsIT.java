package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.RowConverter;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/**
 * Rows that are larger than a batch take no memory beside the sink's budget, neither the JVM's direct one nor other.
 */
@EachOnOneLine
class LargeRowsIT {

    private static final int ROWS = 2_000;
    private static final int KIB = 100;

    private static final DataType TYPE = DataTypes.ROW(
            DataTypes.FIELD("id", DataTypes.BIGINT().notNull()), DataTypes.FIELD("v", DataTypes.STRING()));

    @Test
    void theMemoryStaysWithinTheBudget() throws Exception {
        try (Postgres server = Postgres.start()) {
            server.execute("CREATE TABLE t (id bigint, v text)", "ALTER TABLE t ALTER v SET STORAGE EXTERNAL");
            String text = "x".repeat(KIB * 1024);
            Job job = Job.withCheckpoints(Duration.ofMinutes(10));
            StreamExecutionEnvironment env = job.environment(1);
            String gate = "large rows";
            env.fromSequence(1, ROWS)
                    .map(id -> {
                        Gate.named(gate).count();
                        while (id == 100 && !Gate.named(gate).isOpenWithin(10_000)) {
                            // The test measures what there is before.
                        }
                        return Row.of(id, text);
                    })
                    .returns(Types.ROW_NAMED(new String[] {"id", "v"}, Types.LONG, Types.STRING))
                    .sinkTo(PieCloudDBSink.<Row>builder()
                            .hostname("127.0.0.1")
                            .port(server.port())
                            .username("postgres")
                            .database("postgres")
                            .table("t")
                            .option("load_mode", "append")
                            .option("sink.buffer.memory-size", "16mb")
                            .rowType((RowType) TYPE.getLogicalType())
                            .converter(RowConverter.forRow(TYPE))
                            .build());
            job.start(env);
            await().atMost(Job.DEADLINE).until(() -> Gate.named(gate).emitted() == 100);
            long direct = direct();
            long resident = Memory.resident();
            AtomicLong mostDirect = new AtomicLong();
            AtomicLong mostResident = new AtomicLong();
            AtomicBoolean ended = new AtomicBoolean();
            Thread watcher = new Thread(() -> {
                try {
                    while (!ended.get()) {
                        mostDirect.accumulateAndGet(direct(), Math::max);
                        mostResident.accumulateAndGet(Memory.resident(), Math::max);
                    }
                } catch (IOException e) {
                    mostResident.set(Long.MAX_VALUE);
                }
            });
            watcher.start();
            Gate.named(gate).open();
            job.finish();
            ended.set(true);
            watcher.join();
            assertThat(server.query("SELECT count(DISTINCT id), min(length(v)), max(length(v)) FROM t"))
                    .containsExactly(ROWS + "|" + KIB * 1024 + "|" + KIB * 1024);
            assertThat(mostDirect.get() - direct).as("direct memory").isLessThan(16L << 20);
            assertThat(mostResident.get() - resident).as("the process").isLessThan(100L << 20);
        }
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow()
                .getMemoryUsed();
    }
}
