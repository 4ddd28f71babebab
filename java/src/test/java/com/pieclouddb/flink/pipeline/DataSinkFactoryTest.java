package com.pieclouddb.flink.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.cdc.common.configuration.ConfigOption;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.DropColumnEvent;
import org.apache.flink.cdc.common.event.RenameColumnEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEventType;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.exceptions.UnsupportedSchemaChangeEventException;
import org.apache.flink.cdc.common.factories.DataSinkFactory;
import org.apache.flink.cdc.common.factories.FactoryHelper;
import org.apache.flink.cdc.common.function.HashFunction;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.cdc.common.sink.FlinkSinkProvider;
import org.apache.flink.cdc.common.sink.MetadataApplier;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DataTypes;
import org.apache.flink.cdc.composer.utils.FactoryDiscoveryUtils;
import org.apache.flink.cdc.runtime.typeutils.BinaryRecordDataGenerator;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** What a pipeline is told of its sink, and what is refused before it runs. */
class DataSinkFactoryTest {

    private static final TableId TABLE = TableId.tableId("school", "student");

    @Test
    void aPipelineFindsTheSinkByItsType() {
        DataSinkFactory factory = FactoryDiscoveryUtils.getFactoryByIdentifier("pieclouddb", DataSinkFactory.class);
        assertThat(factory).isInstanceOf(PieCloudDBDataSinkFactory.class);
        assertThat(keys(factory.requiredOptions())).containsExactlyInAnyOrder("hostname", "username", "database-name");
        assertThat(keys(factory.optionalOptions()))
                .contains("port", "load_mode", "table.create.distributed-by", "sink.table-without-key")
                .doesNotContain("table-name", "schema-name", "sink.parallelism", "schema.change.behavior");
    }

    @Test
    void itsSinkHasTheShapeThatGetsACommitter() throws Exception {
        FlinkSinkProvider provider =
                (FlinkSinkProvider) sink(Map.of(), Map.of()).getEventSinkProvider();
        Sink<?> sink = provider.getSink();
        // Flink CDC asks for it by this name, of the class itself.
        assertThat(sink.getClass().getDeclaredMethod("getCommittableSerializer").invoke(sink))
                .isNotNull();
        assertThat(Class.forName("org.apache.flink.api.connector.sink2.TwoPhaseCommittingSink"))
                .isAssignableFrom(sink.getClass());
        assertThat(InstantiationUtil.isSerializable(sink)).isTrue();
    }

    @Test
    void whatIsWrongWithOptionsIsToldAtOnce() {
        assertThatThrownBy(() -> sink(
                        Map.of(
                                "hostnam", "x",
                                "table-name", "t",
                                "sink.parallelism", "2",
                                "schema.change.behavior", "lenient",
                                "sink.ignore-update-before", "true",
                                "port", "0"),
                        Map.of()))
                .hasMessageContainingAll(
                        "unknown option 'hostnam', did you mean 'hostname'?",
                        "option 'table-name' is for a sink into one table; in a pipeline a 'route' names the target",
                        "option 'sink.parallelism' is the pipeline's",
                        "option 'schema.change.behavior' is the pipeline's",
                        "option 'sink.ignore-update-before' has nothing to leave out",
                        "option 'port' must be between 1 and 65535");
        assertThatThrownBy(() -> sink(Map.of("sink.copy.max-duration", "0 s"), Map.of()))
                .hasMessageContaining("option 'schema.change.behavior' needs 'sink.copy.max-duration' above 0");
        assertThatThrownBy(() -> sink(Map.of(), Map.of("parallelism", "129"))).hasMessageContaining("set 128 or less");
    }

    @Test
    void thePipelinesBehaviorIsTheTargets() {
        for (var behavior : org.apache.flink.cdc.common.pipeline.SchemaChangeBehavior.values()) {
            SchemaChangeBehavior expected;
            switch (behavior) {
                case EXCEPTION:
                    expected = SchemaChangeBehavior.EXCEPTION;
                    break;
                case IGNORE:
                    expected = SchemaChangeBehavior.IGNORE;
                    break;
                default:
                    expected = SchemaChangeBehavior.LENIENT;
            }
            assertThat(PieCloudDBDataSinkFactory.behavior(behavior)).isEqualTo(expected);
        }
    }

    @Test
    void aFlinkCdcThatMayReadRowsByALaterTypeIsWarnedOf() {
        Set<String> before = Set.of("add.column", "alter.column.type");
        Set<String> since = Set.of("add.column", "alter.column.type", "truncate.table");
        for (SchemaChangeBehavior behavior : Set.of(SchemaChangeBehavior.LENIENT, SchemaChangeBehavior.IGNORE)) {
            assertThat(PieCloudDBDataSinkFactory.caution(behavior, before))
                    .hasValueSatisfying(
                            text -> assertThat(text).contains("'restart-strategy.type' = 'none'", "3.3 or later"));
            assertThat(PieCloudDBDataSinkFactory.caution(behavior, since)).isEmpty();
        }
        assertThat(PieCloudDBDataSinkFactory.caution(SchemaChangeBehavior.EXCEPTION, before))
                .isEmpty();
    }

    @Test
    void whatTakesSomethingAwayIsRefusedByName() throws Exception {
        MetadataApplier applier = sink(Map.of(), Map.of()).getMetadataApplier();
        assertThat(applier.getSupportedSchemaEvolutionTypes())
                .containsExactlyInAnyOrder(
                        SchemaChangeEventType.CREATE_TABLE,
                        SchemaChangeEventType.ADD_COLUMN,
                        SchemaChangeEventType.ALTER_COLUMN_TYPE);
        for (SchemaChangeEvent event : new SchemaChangeEvent[] {
            new DropColumnEvent(TABLE, java.util.List.of("a")), new RenameColumnEvent(TABLE, Map.of("a", "b"))
        }) {
            assertThat(applier.acceptsSchemaEvolutionType(event.getType())).isTrue();
            assertThatThrownBy(() -> applier.applySchemaChange(event))
                    .isInstanceOf(UnsupportedSchemaChangeEventException.class)
                    .asString()
                    .contains("does not apply " + event.getType().getTag() + " to table 'school.student'")
                    .contains("set the pipeline's 'schema.change.behavior' = 'lenient'")
                    .doesNotContain("exclude.schema.changes");
        }
        applier.setAcceptedSchemaEvolutionTypes(Set.of(SchemaChangeEventType.ADD_COLUMN));
        assertThat(applier.acceptsSchemaEvolutionType(SchemaChangeEventType.ADD_COLUMN))
                .isTrue();
        assertThat(applier.acceptsSchemaEvolutionType(SchemaChangeEventType.DROP_COLUMN))
                .isFalse();
        assertThat(InstantiationUtil.isSerializable(applier)).isTrue();
    }

    /** The session that makes targets is at-least-once; what only such writers refuse is not for it to say. */
    @Test
    void aUniqueIndexIsNoObjectionWhereNoRowIsRepeated() throws Exception {
        CreateTableEvent created = new CreateTableEvent(
                TABLE, Schema.newBuilder().physicalColumn("id", DataTypes.INT()).build());
        for (String guarantee : new String[] {"at-least-once", "exactly-once"}) {
            MetadataApplier applier = sink(
                            Map.of("load_mode", "append", "sink.delivery-guarantee", guarantee), Map.of())
                    .getMetadataApplier();
            assertThat(((TargetApplier) applier).spec(created))
                    .hasValueSatisfying(text -> assertThat(text)
                            .contains("sink.append.allow-unique=" + guarantee.equals("exactly-once") + "\n"));
        }
    }

    @Test
    void aServerThatIsNotThereIsToldByTheApplier() {
        MetadataApplier applier = sink(
                        Map.of("hostname", "127.0.0.1", "port", "1", "connection.max-retries", "0"), Map.of())
                .getMetadataApplier();
        assertThatThrownBy(() ->
                        applier.applySchemaChange(new AlterColumnTypeEvent(TABLE, Map.of("a", DataTypes.BIGINT()))))
                .isNotInstanceOf(UnsupportedSchemaChangeEventException.class)
                .asString()
                .contains("127.0.0.1")
                .doesNotContain("pass-word");
    }

    @Test
    void keysThatAreEqualForTheServerHaveOneWriter() {
        DataType[] types = {DataTypes.DOUBLE(), DataTypes.TIMESTAMP(0), DataTypes.INT()};
        Schema schema = Schema.newBuilder()
                .physicalColumn("a", types[0])
                .physicalColumn("at", types[1])
                .physicalColumn("n", types[2])
                .primaryKey("a", "at")
                .build();
        HashFunction<DataChangeEvent> hash = sink(Map.of(), Map.of())
                .getDataChangeEventHashFunctionProvider(4)
                .getHashFunction(TABLE, schema);
        BinaryRecordDataGenerator rows = new BinaryRecordDataGenerator(types);
        Object at = org.apache.flink.cdc.common.data.TimestampData.fromMillis(1_000);
        BinaryRecordData plus = rows.generate(new Object[] {0.0, at, 1});
        BinaryRecordData minus = rows.generate(new Object[] {-0.0, at, 2});
        int slot = hash.hashcode(DataChangeEvent.insertEvent(TABLE, plus));
        assertThat(hash.hashcode(DataChangeEvent.deleteEvent(TABLE, minus))).isEqualTo(slot);
        assertThat(hash.hashcode(DataChangeEvent.updateEvent(TABLE, plus, minus)))
                .isEqualTo(slot);
        Object later = org.apache.flink.cdc.common.data.TimestampData.fromMillis(7_000);
        assertThat(hash.hashcode(DataChangeEvent.insertEvent(TABLE, rows.generate(new Object[] {0.0, later, 1}))))
                .isNotEqualTo(slot);
    }

    /** Flink CDC keeps a column that the source dropped, and adds the next of that name. */
    @Test
    void aColumnThatCameAgainIsToldByName() {
        Schema twice = Schema.newBuilder()
                .setColumns(java.util.List.of(
                        Column.physicalColumn("id", DataTypes.INT().notNull()),
                        Column.physicalColumn("c", DataTypes.INT()),
                        Column.physicalColumn("c", DataTypes.STRING())))
                .primaryKey("id")
                .build();
        assertThatThrownBy(() -> sink(Map.of(), Map.of())
                        .getDataChangeEventHashFunctionProvider(4)
                        .getHashFunction(TABLE, twice))
                .hasMessageContainingAll("table 'school.student'", "two columns 'c'", "start the pipeline without");
    }

    @Test
    void aDefaultIsOneOnlyWhereItIsAPlainValue() {
        assertThat(defaultOf(DataTypes.INT(), "7")).isEqualTo("7");
        assertThat(defaultOf(DataTypes.DECIMAL(10, 2), "1.50")).isEqualTo("1.50");
        assertThat(defaultOf(DataTypes.STRING(), "CURRENT_TIMESTAMP")).isEqualTo("CURRENT_TIMESTAMP");
        assertThat(defaultOf(DataTypes.BOOLEAN(), "1")).isEqualTo("1");
        assertThat(defaultOf(DataTypes.DATE(), "2024-02-29")).isEqualTo("2024-02-29");
        assertThat(defaultOf(DataTypes.TIMESTAMP(0), "2024-02-29 01:02:03")).isEqualTo("2024-02-29 01:02:03");
        assertThat(defaultOf(DataTypes.TIMESTAMP(0), "CURRENT_TIMESTAMP")).isNull();
        assertThat(defaultOf(DataTypes.TIMESTAMP(0), "0000-00-00 00:00:00")).isNull();
        assertThat(defaultOf(DataTypes.INT(), "uuid()")).isNull();
        assertThat(defaultOf(DataTypes.BYTES(), "x")).isNull();
        assertThat(defaultOf(DataTypes.INT(), null)).isNull();
    }

    private static String defaultOf(DataType type, String text) {
        return DefaultText.of(Column.physicalColumn("c", type, null, text));
    }

    private static DataSink sink(Map<String, String> more, Map<String, String> pipeline) {
        Map<String, String> options = new HashMap<>(
                Map.of("hostname", "h", "username", "u", "password", "pass-word", "database-name", "demo"));
        options.putAll(more);
        return new PieCloudDBDataSinkFactory()
                .createDataSink(new FactoryHelper.DefaultContext(
                        Configuration.fromMap(options),
                        Configuration.fromMap(pipeline),
                        DataSinkFactoryTest.class.getClassLoader()));
    }

    private static Set<String> keys(Set<ConfigOption<?>> options) {
        return options.stream().map(ConfigOption::key).collect(Collectors.toSet());
    }
}
