package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDateTime;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What cannot work ends the job with one clear message instead of restarting it for ever; nobody sees the password. */
class RefusalIT {

    private static final String PASSWORD = "s3cr3t-Pa$$w0rd";

    private static Postgres server;

    private LogCapture log;

    @BeforeAll
    static void startServer() throws IOException {
        server = Postgres.startWithPassword("scram", PASSWORD);
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void capture() throws Exception {
        log = LogCapture.open();
        server.execute("DROP TABLE IF EXISTS t", "CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ", PRIMARY KEY (id))");
    }

    @AfterEach
    void nobodySawThePassword() {
        log.close();
        assertThat(log.lines()).noneMatch(line -> line.contains(PASSWORD) || line.contains("wr0ng"));
    }

    @Test
    void wrongPassword() throws Exception {
        refused(sink().password("wr0ng"), "AUTH", "password authentication failed for user \"postgres\"");
    }

    @Test
    void noPassword() throws Exception {
        refused(Job.sink(server, "t").primaryKey("id"), "AUTH", "password");
    }

    @Test
    void unknownDatabase() throws Exception {
        refused(sink().database("nowhere"), "TARGET", "nowhere");
    }

    @Test
    void missingTable() throws Exception {
        refused(sink().table("not_there"), "TARGET", "not_there");
    }

    @Test
    void missingColumn() throws Exception {
        server.execute("ALTER TABLE t DROP COLUMN amount");
        refused(sink(), "TARGET", "amount");
    }

    @Test
    void typesThatDoNotFitAreListedTogether() throws Exception {
        server.execute("ALTER TABLE t DROP COLUMN amount, DROP COLUMN at, ADD COLUMN amount date, ADD COLUMN at bool");
        Throwable failure = refused(sink(), "TARGET", "amount");
        assertThat(permanent(failure).getMessage()).contains("\"at\"");
    }

    @Test
    void nullInTheKey() throws Exception {
        StreamExecutionEnvironment env = environment();
        env.fromElements(Row.of(null, "x", BigDecimal.ONE, LocalDateTime.now()))
                .returns(Changelog.STREAM_TYPE)
                .sinkTo(sink().build());
        Throwable failure = Job.withoutCheckpoints().start(env).failure();
        assertThat(permanent(failure).kind()).isEqualTo(PieCloudDBException.Kind.DATA);
        assertThat(permanent(failure)).hasMessageContaining("\"id\"").hasMessageContaining("\"t\"");
    }

    @Test
    void appendFedWithDeletes() throws Exception {
        server.execute("DROP TABLE t", "CREATE TABLE t (" + Changelog.SERVER_COLUMNS + ")");
        StreamExecutionEnvironment env = environment();
        env.fromElements(Row.ofKind(RowKind.DELETE, 1L, "x", BigDecimal.ONE, LocalDateTime.now()))
                .returns(Changelog.STREAM_TYPE)
                .sinkTo(Job.sink(server, "t").password(PASSWORD).build());
        Throwable failure = Job.withoutCheckpoints().start(env).failure();
        assertThat(permanent(failure)).hasMessageContaining("append").hasMessageContaining("merge");
    }

    @Test
    void anUnknownHostIsNamedAndMayComeBack() throws Exception {
        Throwable failure = Job.withCheckpoints(Duration.ofMillis(200))
                .with("restart-strategy.type", "fixed-delay")
                .with("restart-strategy.fixed-delay.attempts", "1")
                .with("restart-strategy.fixed-delay.delay", "10 ms")
                .start(
                        1,
                        ChangelogSource.of(Changelog.upserts(1_000, 100, 1)),
                        sink().hostname("no-such-host.invalid").build())
                .failure();
        PieCloudDBException cause =
                ExceptionUtils.findThrowable(failure, PieCloudDBException.class).orElseThrow();
        assertThat(cause.kind()).isEqualTo(PieCloudDBException.Kind.CONNECTION);
        assertThat(cause).hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void theRightPasswordWorks() throws Exception {
        Changelog changelog = Changelog.upserts(1_000, 100, 1);
        Job.withCheckpoints(Duration.ofMillis(200))
                .start(1, ChangelogSource.of(changelog), sink().build())
                .finish();
        assertThat(server.count("SELECT count(*) FROM t"))
                .isEqualTo(changelog.finalRows().size());
    }

    private static PieCloudDBSinkBuilder<Row> sink() {
        return Job.sink(server, "t").primaryKey("id").password(PASSWORD);
    }

    /** Runs a job that would restart for ever and expects its end. */
    private static Throwable refused(PieCloudDBSinkBuilder<Row> sink, String kind, String words) throws Exception {
        Throwable failure = Job.withCheckpoints(Duration.ofMillis(200))
                .restarting()
                .start(1, ChangelogSource.of(Changelog.upserts(1_000, 100, 1)), sink.build())
                .failure();
        assertThat(permanent(failure).kind()).hasToString(kind);
        assertThat(permanent(failure)).hasMessageContaining(words);
        return failure;
    }

    private static PieCloudDBException permanent(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            assertThat(String.valueOf(cause.getMessage())).doesNotContain(PASSWORD);
        }
        return ExceptionUtils.findThrowable(failure, PieCloudDBException.Permanent.class)
                .orElseThrow(() -> new AssertionError("no permanent failure in the chain", failure));
    }

    private static StreamExecutionEnvironment environment() {
        return Job.withCheckpoints(Duration.ofMillis(200)).restarting().environment(1);
    }
}
