package com.pieclouddb.flink.internal.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.DebeziumDecimals;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.RowConverter;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.plan.DatabasePlan;
import com.pieclouddb.flink.internal.plan.SinkPlan;
import com.pieclouddb.flink.internal.plan.TablePlan;
import com.pieclouddb.flink.internal.schema.SourceTableState;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.settings.SourceName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

/** The texts that cross are byte for byte the fixtures that the native half's tests read. */
class SpecTextTest {

    @Test
    void aSessionOfDefaultsIsTheMinimalFixture() throws IOException {
        assertThat(SpecText.writer(checkpointed(Plans.append(), 20).setup(), writer(0, 1, 0), 65536, List.of()))
                .isEqualTo(fixture("session-minimal"));
    }

    @Test
    void aSessionWithEveryOptionIsTheFullFixture() throws IOException {
        TablePlan<?> plan = Plans.merge(
                "port",
                "15432",
                "password",
                "p=\\w\n\"'é",
                "pdb_warehouse",
                "wh 'one'",
                "pdb_warehouse.statement",
                "SET warehouse TO '<name>'",
                "connection.timeout",
                "5 s",
                "connection.max-retries",
                "0",
                "connection.ssl.mode",
                "verify-full",
                "connection.ssl.root-cert",
                "/etc/ssl/ca.pem",
                "connection.properties.work_mem",
                "64MB",
                "connection.properties.search_path",
                "a,\r\n\"b\"",
                "sink.stall-timeout",
                "90 s",
                "sink.buffer.memory-size",
                "8mb",
                "sink.fence",
                "required",
                "sink.label-prefix",
                "nightly_1",
                "sink.error-rows.action",
                "table",
                "sink.error-rows.table-name",
                "bad \"rows",
                "sink.error-rows.max",
                "0.5%",
                "sink.staging-schema",
                "own \"tables");
        assertThat(SpecText.writer(checkpointed(plan, 10).setup(), writer(3, 4, 1), 65536, List.of()))
                .isEqualTo(fixture("session-full"));
    }

    @Test
    void exactlyOnceSessionsAreTheFixture() throws IOException {
        TablePlan<?> plan = checkpointed(
                Plans.merge(
                        "sink.delivery-guarantee",
                        "exactly-once",
                        "sink.recovery.missing-staging",
                        "skip",
                        "sink.ledger.retention",
                        "2 h",
                        "sink.staging.retention",
                        "1 h"),
                10);
        WriterIdentity committer = WriterIdentity.committer(writer(0, 1, 0).sinkId());
        assertThat(SpecText.committer(plan.setup(), committer, false)).isEqualTo(fixture("session-exactly-once"));
        String[] ending =
                SpecText.writer(plan.setup(), writer(2, 4, 0), 65536, List.of()).split("sink.delivery-guarantee", 2);
        assertThat(fixture("session-exactly-once")).endsWith(ending[1]);
    }

    @Test
    void aCommitterIsExactlyOnceWhateverItsWritersAre() {
        TablePlan<?> plan = checkpointed(Plans.merge(), 10);
        assertThat(SpecText.committer(plan.setup(), WriterIdentity.committer(UUID.randomUUID()), false))
                .contains("sink.delivery-guarantee=exactly-once\n");
    }

    /** BATCH gave a commit timeout of 0, so that its only commit was never repeated. */
    @Test
    void theOnlyCommitOfABatchJobIsRepeatedAsLongAsACheckpoints() {
        String committer = SpecText.committer(
                Plans.merge("sink.delivery-guarantee", "exactly-once").setup(),
                WriterIdentity.committer(UUID.randomUUID()),
                true);
        assertThat(committer).contains("commit-timeout=600000\n", "commit.whole-job=true\n");
    }

    @Test
    void whatASuccessorWaitsForCrossesAsDigits() {
        List<byte[]> states = List.of(new byte[] {1, (byte) 0xfe}, new byte[] {0});
        assertThat(SpecText.writer(checkpointed(Plans.merge(), 10).setup(), writer(0, 4, 0), 65536, states))
                .endsWith("sink.delivery-guarantee=at-least-once\nrecovered.0=01fe\nrecovered.1=00\n");
    }

    @Test
    void aMergeTableIsTheFixture() throws IOException {
        RowType rowType = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("id", DataTypes.BIGINT().notNull()),
                        DataTypes.FIELD("part", DataTypes.CHAR(2).notNull()),
                        DataTypes.FIELD("flag", DataTypes.BOOLEAN()),
                        DataTypes.FIELD("tiny", DataTypes.TINYINT()),
                        DataTypes.FIELD("small", DataTypes.SMALLINT()),
                        DataTypes.FIELD("int", DataTypes.INT()),
                        DataTypes.FIELD("real", DataTypes.FLOAT()),
                        DataTypes.FIELD("double", DataTypes.DOUBLE()),
                        DataTypes.FIELD("amount", DataTypes.DECIMAL(10, 2).notNull()),
                        DataTypes.FIELD("name", DataTypes.STRING()),
                        DataTypes.FIELD("code", DataTypes.VARCHAR(9)),
                        DataTypes.FIELD("fixed", DataTypes.BINARY(4)),
                        DataTypes.FIELD("raw", DataTypes.BYTES()),
                        DataTypes.FIELD("day", DataTypes.DATE()),
                        DataTypes.FIELD("time", DataTypes.TIME(3)),
                        DataTypes.FIELD("local", DataTypes.TIMESTAMP(6)),
                        DataTypes.FIELD("instant", DataTypes.TIMESTAMP_LTZ(6)))
                .getLogicalType();
        TablePlan<?> plan = TablePlan.of(
                SinkSettings.ofTable(Plans.options("sink.merge.allow-replace", "true")),
                rowType,
                List.of("id", "part"),
                RowConverter.forRowData());
        assertThat(text(plan)).isEqualTo(fixture("table-merge"));
    }

    @Test
    void hostileNamesCrossUnharmed() throws IOException {
        RowType rowType = (RowType) DataTypes.ROW(
                        DataTypes.FIELD("a=b", DataTypes.INT()),
                        DataTypes.FIELD("c\\n\n\rd", DataTypes.STRING()),
                        DataTypes.FIELD("\"; DROP TABLE x; --", DataTypes.INT()),
                        DataTypes.FIELD("名前 ", DataTypes.INT()))
                .getLogicalType();
        TablePlan<?> plan = TablePlan.of(
                SinkSettings.ofTable(Plans.options(
                        "schema-name",
                        "s.1",
                        "table-name",
                        "a.b\"c\\",
                        "sink.copy.format",
                        "text",
                        "sink.append.allow-unique",
                        "true")),
                rowType,
                List.of(),
                RowConverter.forRowData());
        assertThat(text(plan)).isEqualTo(fixture("table-append-hostile-names"));
    }

    @Test
    void theDatabaseModesTextsAreTheFixtures() throws IOException {
        SinkSettings settings = Plans.databaseSettings(
                "connection.pool.max-size",
                "4",
                "connection.pool.idle-timeout",
                "90 s",
                "sink.metrics.max-tables",
                "50",
                "schema.change.behavior",
                "ignore",
                "sink.create-table.enabled",
                "true",
                "table.create.distributed-by",
                "id",
                "table.create.properties.fillfactor",
                "90");
        DatabasePlan<?> plan = DatabasePlan.of(settings, (change, out) -> {});
        assertThat(SpecText.writer(checkpointed(plan, 20).setup(), writer(0, 1, 0), 65536, List.of()))
                .isEqualTo(fixture("session-database"));
        assertThat(SpecText.table(settings, TableId.of("s.1", "student"), LoadMode.MERGE, Plans.STUDENT, new int[] {0}))
                .isEqualTo(fixture("table-database"));
    }

    @Test
    void theTextsOfASourceTableAreTheFixtures() throws IOException {
        SinkSettings settings = Plans.databaseSettings("sink.create-table.enabled", "true");
        SourceTable table = SourceTable.of("shop", "or.der")
                .column("id", "bigint(20) unsigned", false)
                .column("line\n=", "varchar(20)", false, "what's\\in it")
                .column("état", "enum('a','b')", true)
                .primaryKey("line\n=", "id")
                .comment("all orders")
                .build();
        assertThat(SpecText.sourceTable(
                        settings,
                        TableId.of("s.1", "orders"),
                        LoadMode.MERGE,
                        SourceTableState.given(table, 0),
                        DebeziumDecimals.TEXT))
                .isEqualTo(fixture("table-debezium"));
        assertThat(SpecText.source(SourceName.of(table), table, table.primaryKey(), DebeziumDecimals.TEXT))
                .isEqualTo(fixture("source-debezium"));
        assertThat(SpecText.sourceTable(
                        settings,
                        TableId.of("s.1", "orders"),
                        LoadMode.APPEND,
                        SourceTableState.given(table, 0),
                        DebeziumDecimals.BASE64))
                .contains("load_mode=append\n", "debezium.decimals=base64\n")
                .endsWith("key=\n");
        SourceTable later = SourceTable.of("shop", "or.der")
                .column("id", "int", false)
                .column("line\n=", "int", false)
                .primaryKey("line\n=", "id")
                .build();
        assertThat(SpecText.sourceTable(
                        settings,
                        TableId.of("s.1", "orders"),
                        LoadMode.MERGE,
                        SourceTableState.given(table, 1).before(later, 2),
                        DebeziumDecimals.TEXT))
                .contains("column.2.dropped=true\n")
                .doesNotContain("added.", "column.1.dropped");
        assertThat(SpecText.sourceTable(
                        settings,
                        TableId.of("s.1", "orders"),
                        LoadMode.MERGE,
                        SourceTableState.given(later, 1).before(table, 2),
                        DebeziumDecimals.TEXT))
                .contains("added.0.name=état\n")
                .doesNotContain("dropped");
        assertThat(SpecText.source(SourceName.of(table), null, List.of(), DebeziumDecimals.NUMERIC))
                .isEqualTo("source.database=shop\nsource.table=or.der\ndebezium.decimals=numeric\n");
    }

    private static WriterIdentity writer(int subtask, int parallelism, int attempt) {
        UUID sink = UUID.fromString("0123abcd-0000-4000-8000-0123456789ab");
        return WriterIdentity.writer(sink, subtask, parallelism, attempt);
    }

    private static <P extends SinkPlan<?>> P checkpointed(P plan, int timeoutMinutes) {
        plan.configure(null, Duration.ofMinutes(timeoutMinutes));
        return plan;
    }

    private static String text(TablePlan<?> plan) {
        return SpecText.table(plan.settings(), plan.target(), plan.loadMode(), plan.rowType(), plan.key());
    }

    private static String fixture(String name) throws IOException {
        return Files.readString(Paths.get("tests/fixtures/spec/" + name + ".spec"));
    }
}
