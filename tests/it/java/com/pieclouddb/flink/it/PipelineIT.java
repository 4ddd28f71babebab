package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.factories.DataSinkFactory;
import org.apache.flink.cdc.common.factories.FactoryHelper;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.sink.MetadataApplier;
import org.apache.flink.cdc.common.types.DataTypes;
import org.apache.flink.cdc.composer.utils.FactoryDiscoveryUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pipelines of Flink CDC: targets are created and follow their schemas, and have each row once, over failures too. */
@Tag("cdc-pipeline")
class PipelineIT {

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.startWithPassword("scram", "target-password");
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Test
    void targetsFollowTheirSchemasOverFailures() throws Exception {
        targetsFollow(1, "exactly-once", "evolve", "7");
    }

    /** Flink CDC 3.2 hands over no defaults under {@code lenient}. */
    @ParameterizedTest
    @CsvSource({"at-least-once, lenient, null", "exactly-once, lenient, null", "at-least-once, try_evolve, 7"})
    @EnabledIfEnvironmentVariable(named = "PIE_LONG", matches = "true", disabledReason = "long: part of ./test all")
    void whateverFlinkCdcMakesOfChangedSchemas(String guarantee, String behavior, String ofOldRows) throws Exception {
        targetsFollow(2, guarantee, behavior, ofOldRows);
    }

    private static void targetsFollow(int tables, String guarantee, String behavior, String ofOldRows)
            throws Exception {
        server.execute("DROP SCHEMA IF EXISTS shop CASCADE");
        String gate = UUID.randomUUID().toString();
        Job job = Pipeline.start(
                Job.withCheckpoints(Duration.ofMillis(200)).restarting(),
                tables,
                gate,
                sink("sink.delivery-guarantee", guarantee),
                Map.of("parallelism", "2", "schema.change.behavior", behavior));
        // Not while a schema changes: Flink CDC 3.2 forgets, when a task fails, to begin such a change anew, and hangs.
        await().atMost(Job.DEADLINE).until(() -> {
            job.assertHasNotEnded();
            return Gate.named(gate).emitted() == PipelineEvents.PARTITIONS * tables * PipelineEvents.CHANGES / 2;
        });
        Gate.named(gate).fail();
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> job.client().getJobStatus().get() == JobStatus.RESTARTING);
        job.awaitRunning();
        Gate.named(gate).open();
        job.finish();
        assertThat(rows(PipelineEvents.PARTITIONS * tables)).isEqualTo(Pipeline.expected(tables, ofOldRows));
    }

    /** What Flink CDC does with a target that lacks something is its own option. */
    @Test
    void aTargetThatLacksAColumnIsRefusedUnderException() throws Exception {
        server.execute(
                "DROP SCHEMA IF EXISTS shop CASCADE",
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.t0 (id int PRIMARY KEY)");
        Job job = Pipeline.start(
                Job.withCheckpoints(Duration.ofMillis(200)),
                1,
                UUID.randomUUID().toString(),
                sink(),
                Map.of("parallelism", "2", "schema.change.behavior", "exception"));
        assertThat(job.failure()).hasStackTraceContaining("column \"n\" does not exist; ALTER TABLE");
    }

    /** An event of a change does not say that its table has no key, so that nobody created a target. */
    @Test
    void changesOfATableThatIsLeftOutChangeNothing() throws Exception {
        server.execute("DROP SCHEMA IF EXISTS shop CASCADE", "CREATE SCHEMA shop");
        TableId keyless = TableId.tableId("shop", "keyless");
        SchemaChangeEvent[] changes = {
            new CreateTableEvent(
                    keyless,
                    Schema.newBuilder().physicalColumn("id", DataTypes.INT()).build()),
            new AddColumnEvent(
                    keyless,
                    List.of(new AddColumnEvent.ColumnWithPosition(Column.physicalColumn("n", DataTypes.INT())))),
            new AlterColumnTypeEvent(keyless, Map.of("n", DataTypes.BIGINT()))
        };
        MetadataApplier skips = applier(sink("sink.table-without-key", "skip"));
        for (SchemaChangeEvent change : changes) {
            skips.applySchemaChange(change);
        }
        assertThat(server.query("SELECT 1 FROM information_schema.tables WHERE table_schema = 'shop'"))
                .isEmpty();
        assertThatThrownBy(() -> applier(sink()).applySchemaChange(changes[1])).hasMessageContaining("does not exist");
    }

    private static MetadataApplier applier(Map<String, String> sink) {
        return FactoryDiscoveryUtils.getFactoryByIdentifier("pieclouddb", DataSinkFactory.class)
                .createDataSink(new FactoryHelper.DefaultContext(
                        Configuration.fromMap(sink), new Configuration(), PipelineIT.class.getClassLoader()))
                .getMetadataApplier();
    }

    private static Map<String, List<String>> rows(int tables) throws Exception {
        Map<String, List<String>> rows = new TreeMap<>();
        for (int table = 0; table < tables; table++) {
            rows.put(
                    "t" + table,
                    server.query(
                            "SELECT concat_ws('|', id, n, extract(epoch FROM \"at\")::bigint, v, coalesce(late::text,"
                                    + " 'null')) FROM shop.t" + table + " ORDER BY id"));
        }
        return rows;
    }

    private static Map<String, String> sink(String... more) {
        Map<String, String> options = new HashMap<>(Map.of(
                "hostname", "127.0.0.1",
                "port", String.valueOf(server.port()),
                "username", "postgres",
                "password", "target-password",
                "database-name", "postgres"));
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        return options;
    }
}
