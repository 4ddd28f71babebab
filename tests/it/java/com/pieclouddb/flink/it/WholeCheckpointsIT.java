package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Exactly-once: whoever reads at any time sees a completed checkpoint, over all subtasks and tables of the sink at
 * once, and nothing else; also when checkpoints are aborted before and behind the writers, and when the job fails over.
 */
@EachOnOneLine
class WholeCheckpointsIT {

    private static final int PARTITIONS = 2;

    private static final Duration SOON = Duration.ofSeconds(30);

    private final Set<List<Integer>> seen = ConcurrentHashMap.newKeySet();

    private Postgres server;
    private volatile boolean done;

    @BeforeEach
    void start() throws Exception {
        Failpoints.clear();
        server = Postgres.start();
        server.execute(PeriodTables.create());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void aReaderSeesCompletedCheckpointsAndNothingElse(LoadMode mode) throws Exception {
        String name = "whole_" + mode;
        Gate gate = Gate.named(name);
        Periods periods = Periods.named(name);
        PeriodTables tables = new PeriodTables(mode == LoadMode.MERGE);
        Job job = Job.withCheckpoints(Duration.ofMillis(100))
                .restarting()
                .with("execution.checkpointing.timeout", "2 s")
                .with("execution.checkpointing.tolerable-failed-checkpoints", "100");
        StreamExecutionEnvironment env = job.environment(PARTITIONS);
        new PeriodSource(name, mode == LoadMode.MERGE)
                .in(env)
                .sinkTo(sink(tables, mode))
                .uid("sink");
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> readUntilDone(tables));
        job.start(env);
        awaitMore(reader);

        // A writer that stands still: the others have handed over, it has not.
        Failpoints.hold("flush.precommit");
        Failpoints.awaitHit("flush.precommit", SOON);
        awaitAborted(gate);
        Failpoints.release("flush.precommit");
        awaitMore(reader);

        // A source that does: all writers have handed over, and the committer has what will not be completed.
        periods.hold(0);
        awaitAborted(gate);
        periods.release(0);
        awaitMore(reader);

        gate.fail();
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> job.client().getJobStatus().get() != JobStatus.RUNNING);
        awaitMore(reader);

        gate.open();
        job.finish();
        done = true;
        reader.get(10, TimeUnit.SECONDS);
        try (Connection connection = server.connect()) {
            seen.add(tables.state(connection, PARTITIONS));
        }
        Set<List<Integer>> allowed = periods.completedStates(PARTITIONS);
        assertThat(periods.abortedStates(PARTITIONS))
                .as("states of aborted checkpoints, which a reader might have seen")
                .isNotEmpty();
        assertThat(seen).isSubsetOf(allowed).contains(periods.atEnd(PARTITIONS)).hasSizeGreaterThan(12);
    }

    /** Until the reader has seen three further states. */
    private void awaitMore(CompletableFuture<Void> reader) {
        int before = seen.size();
        await().atMost(SOON).until(() -> reader.isCompletedExceptionally() || seen.size() >= before + 3);
        if (reader.isCompletedExceptionally()) {
            reader.join();
        }
    }

    private static void awaitAborted(Gate gate) {
        long before = gate.aborted();
        await().atMost(SOON).until(() -> gate.aborted() > before);
    }

    private void readUntilDone(PeriodTables tables) {
        try (Connection connection = server.connect()) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            while (!done) {
                seen.add(tables.state(connection, PARTITIONS));
                connection.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the tables could not be read to the end", e);
        }
    }

    private PieCloudDBSink<Row> sink(PeriodTables tables, LoadMode mode) {
        var builder = PieCloudDBSink.<Row>databaseBuilder()
                .hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .option(PieCloudDBOptions.DELIVERY_GUARANTEE, DeliveryGuarantee.EXACTLY_ONCE)
                .converter(tables);
        return (mode == LoadMode.APPEND ? builder.loadMode(mode) : builder).build();
    }
}
