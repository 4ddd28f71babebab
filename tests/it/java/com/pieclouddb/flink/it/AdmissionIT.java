package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBSink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A target that admits fewer statements at once than the job has connections: the job ends exact, is never restarted,
 * and at no time nothing moves for as long as {@code sink.stall-timeout}.
 *
 * <p>A server cannot see that a statement waits for a COPY of the same job, nor can it see that a merge waits for
 * another one's advisory lock, which is how merges into a target without a unique index on its key follow each other.
 */
@EachOnOneLine
class AdmissionIT {

    private static final int TABLES = 60;
    /** Connections of each writer. */
    private static final int POOL = 4;

    private static final int PARTITIONS = 2;
    private static final Duration STALL = Duration.ofSeconds(20);

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 2, at-least-once, true", "1, 2, exactly-once, false", "2, 2, at-least-once, false"})
    void aJobGoesOnWithWhatIsAdmitted(int admitted, int parallelism, String guarantee, boolean hasIndex)
            throws Exception {
        endsExact(admitted, parallelism, guarantee, hasIndex);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, at-least-once, true",
        "2, 1, at-least-once, true",
        "4, 1, at-least-once, true",
        "2, 2, at-least-once, true",
        "4, 2, at-least-once, true",
        "1, 1, exactly-once, true",
        "2, 1, exactly-once, true",
        "4, 1, exactly-once, true",
        "1, 2, exactly-once, true",
        "2, 2, exactly-once, true",
        "4, 2, exactly-once, true",
        "1, 1, at-least-once, false",
        "2, 1, at-least-once, false",
        "1, 2, at-least-once, false",
        "1, 1, exactly-once, false",
        "2, 1, exactly-once, false",
        "2, 2, exactly-once, false"
    })
    @EnabledIfEnvironmentVariable(named = "PIE_LONG", matches = "true", disabledReason = "long: part of ./test all")
    void otherLimitsParallelismsAndGuarantees(int admitted, int parallelism, String guarantee, boolean hasIndex)
            throws Exception {
        endsExact(admitted, parallelism, guarantee, hasIndex);
    }

    private static void endsExact(int admitted, int parallelism, String guarantee, boolean hasIndex) throws Exception {
        ChangelogTables spread = new ChangelogTables(TABLES);
        Changelog changelog = Changelog.full(6_000, 1_200, PARTITIONS);
        for (int table = 0; table < TABLES; table++) {
            server.execute("DROP TABLE IF EXISTS t" + table);
        }
        server.execute(spread.create());
        for (int table = 0; table < TABLES && !hasIndex; table++) {
            server.execute("ALTER TABLE t" + table + " DROP CONSTRAINT t" + table + "_pkey");
        }
        try (StatementGate gate = StatementGate.before(server.port(), admitted);
                LogCapture log = LogCapture.open()) {
            Job.withCheckpoints(Duration.ofMillis(500))
                    .start(parallelism, ChangelogSource.of(changelog).overCheckpoints(3), sink(gate, guarantee))
                    .finishWithin(Duration.ofMinutes(4));
            if (admitted < parallelism * POOL) {
                assertThat(gate.late())
                        .as("statements that were not admitted at once")
                        .isPositive();
            }
            assertThat(gate.longestPause())
                    .as("without a message of any connection")
                    .isLessThan(STALL);
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("the server admits fewer statements at once"))
                    .as("one warning of each writer at most")
                    .hasSizeLessThanOrEqualTo(parallelism);
        }
        List<String> rows = new ArrayList<>();
        for (String select : spread.selects()) {
            rows.addAll(server.query(select));
        }
        rows.sort(null);
        assertThat(rows).isEqualTo(spread.finalRows(changelog));
    }

    private static PieCloudDBSink<Row> sink(StatementGate gate, String guarantee) {
        return PieCloudDBSink.<Row>databaseBuilder()
                .hostname("127.0.0.1")
                .port(gate.port())
                .username("postgres")
                .database("postgres")
                .option("connection.ssl.mode", "disable")
                .option("connection.pool.max-size", String.valueOf(POOL))
                .option("sink.stall-timeout", STALL.toSeconds() + "s")
                .option("sink.delivery-guarantee", guarantee)
                .converter(new ChangelogTables(TABLES))
                .build();
    }
}
