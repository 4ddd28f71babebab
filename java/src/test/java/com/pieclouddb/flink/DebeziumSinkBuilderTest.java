package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** The builder for Debezium's JSON checks all that needs no server. */
class DebeziumSinkBuilderTest {

    private static final SourceTable ORDERS = SourceTable.of("shop", "orders")
            .column("id", "int", false)
            .primaryKey("id")
            .build();
    private static final SourceTable LOG =
            SourceTable.of("shop", "log").column("line", "text", true).build();

    @Test
    void aSinkTravelsWithItsTablesAndItsNaming() throws Exception {
        PieCloudDBSink<String> sink = builder()
                .sourceTable(ORDERS)
                .naming((database, table) -> TableId.of("ods", table))
                .decimals(DebeziumDecimals.TEXT)
                .build();
        assertThat(InstantiationUtil.clone(sink)).isInstanceOf(PieCloudDBSink.class);
        assertThat(builder()
                        .option("sink.table-without-key", "append")
                        .sourceTables(List.of(ORDERS, LOG))
                        .build())
                .isNotNull();
        assertThat(builder().build()).as("tables may all come with the stream").isNotNull();
    }

    @Test
    void allThatIsWrongWithTheTablesIsToldAtOnce() {
        assertThatThrownBy(() -> builder()
                        .sourceTables(List.of(ORDERS, LOG, ORDERS))
                        .option("sink.parallelism", "129")
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContainingAll(
                        "source table 'shop.log' has no primary key",
                        "'sink.table-without-key'",
                        "'shop.orders' is given twice",
                        "'sink.parallelism' = 129");
        assertThatThrownBy(() -> builder()
                        .sourceTable(ORDERS)
                        .naming((d, t) -> TableId.of("elsewhere", d, t))
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("'elsewhere.shop.orders' is of another database");
        assertThat(builder().sourceTable(LOG).naming((d, t) -> null).build())
                .as("left out, so no key is asked for")
                .isNotNull();
    }

    @Test
    void whatIsMissingOrUnknownIsNamed() {
        assertThatThrownBy(() -> builder().converter(null).build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("converter(...)");
        assertThatThrownBy(() -> builder().naming(null).build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("naming(...)");
        assertThatThrownBy(() -> builder().option("table-name", "t").build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("'table-name'");
    }

    @Test
    void theReadyConvertersGiveTheJson() {
        assertThat(DebeziumConverter.ofText().value("é")).isEqualTo("é".getBytes(StandardCharsets.UTF_8));
        assertThat(DebeziumConverter.ofText().value(null)).isNull();
        byte[] json = {1, 2};
        assertThat(DebeziumConverter.ofBytes().value(json)).isSameAs(json);
        assertThat(DebeziumConverter.ofBytes().key(json)).isNull();
        assertThat(TargetNaming.schemaForEachDatabase().target("a.b", "c")).isEqualTo(TableId.of("a.b", "c"));
    }

    @Test
    void creationOptionsThatDoNotFitTheTablesAreToldAtOnce() {
        SourceTable items = SourceTable.of("shop", "items")
                .column("no", "int", false)
                .primaryKey("no")
                .build();
        assertThatThrownBy(() -> creating()
                        .sourceTables(List.of(ORDERS, items))
                        .option("table.create.distributed-by", "nobody")
                        .option("shop\\.it.*:table.create.distributed-by", "no, id")
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContainingAll(
                        "option 'table.create.distributed-by' names column 'nobody', which source table 'shop.orders'"
                                + " does not have",
                        "option 'shop\\.it.*:table.create.distributed-by' names column 'id', which source table"
                                + " 'shop.items' does not have");
        assertThat(creating()
                        .sourceTables(List.of(ORDERS, items))
                        .option("table.create.distributed-by", "id")
                        .option("items:table.create.distributed-by", "no")
                        .build())
                .isNotNull();
        assertThatThrownBy(() -> creating()
                        .sourceTable(items)
                        .option("i.*:table.create.properties.fillfactor", "70")
                        .option(".*s:table.create.properties.fillfactor", "80")
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("table 'shop.items' is matched by");
        SourceTable shard = SourceTable.of("shop2", "items")
                .column("no", "int", false)
                .primaryKey("no")
                .build();
        assertThatThrownBy(() -> creating()
                        .sourceTables(List.of(items, shard))
                        .naming((d, t) -> TableId.of("s", t))
                        .option("shop2\\.items:table.create.properties.fillfactor", "70")
                        .build())
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("the source tables 'shop.items' and 'shop2.items' have one target, but options");
    }

    private static PieCloudDBDebeziumSinkBuilder<String> creating() {
        return builder().option("sink.create-table.enabled", "true");
    }

    private static PieCloudDBDebeziumSinkBuilder<String> builder() {
        return PieCloudDBSink.<String>debeziumBuilder()
                .hostname("db.example")
                .username("loader")
                .database("demo")
                .converter(DebeziumConverter.ofText());
    }
}
