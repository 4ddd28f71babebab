package com.pieclouddb.flink.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.Plans;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An option with an expression in front is for the tables that it matches, whole, and for no others. */
class TableOptionsTest {

    private static final String BY = "table.create.distributed-by";
    private static final String FILL = "table.create.properties.fillfactor";

    @ParameterizedTest
    @CsvSource({
        "orders, shop, orders, true",
        "orders, shop, orders_old, false",
        "orders, shop, my_orders, false",
        "orders|items, shop, items, true",
        "Orders, shop, orders, false",
        "(?i)Orders, shop, orders, true",
        "shop.orders, shop, orders, false",
        "shop\\.orders, shop, orders, true",
        "shop\\.orders, other, orders, false",
        ".*\\..*_log, any, my_log, true",
        "a:b=c, shop, a:b=c, true",
        "(?:a|b)=, shop, b=, true",
        "'a{1,2}', shop, aa, true",
    })
    void expressionsMatchTheWholeName(String expression, String database, String table, boolean matches)
            throws Exception {
        SinkSettings settings = settings(expression + ":" + BY, "id");
        assertThat(settings.ofTable(database, table)
                        .find(PieCloudDBOptions.CREATE_DISTRIBUTED_BY)
                        .isPresent())
                .isEqualTo(matches);
        assertThat(settings.find(PieCloudDBOptions.CREATE_DISTRIBUTED_BY)).isEmpty();
    }

    @Test
    void anExpressionWinsOverNoneForWhatItSetsAlone() throws Exception {
        for (String forAll : List.of("table.create.properties", FILL)) {
            SinkSettings settings = InstantiationUtil.clone(settings(
                    forAll,
                    forAll.equals(FILL) ? "90" : "fillfactor:90",
                    BY,
                    "id",
                    "log.*:" + FILL,
                    "100",
                    "log_a:table.create.properties.parallel_workers",
                    "2"));
            assertThat(settings.ofTable("s", "x").creation())
                    .isEqualTo(Map.of("fillfactor", "90", "distributed by", "id"));
            assertThat(settings.ofTable("s", "log").creation())
                    .isEqualTo(Map.of("fillfactor", "100", "distributed by", "id"));
            assertThat(settings.ofTable("s", "log_a").creation())
                    .isEqualTo(Map.of("fillfactor", "100", "parallel_workers", "2", "distributed by", "id"));
        }
    }

    @Test
    void twoExpressionsThatSetTheSameForATableAreRefused() throws Exception {
        SinkSettings settings = settings("a.*:" + FILL, "80", ".*b:" + FILL, "90");
        assertThat(settings.ofTable("s", "ax").creation()).containsEntry("fillfactor", "80");
        assertThatThrownBy(() -> settings.ofTable("s", "ab"))
                .isInstanceOf(PieCloudDBException.Permanent.class)
                .hasMessageContainingAll("table 's.ab' is matched by", "'a.*:" + FILL + "'", "'.*b:" + FILL + "'");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "(:table.create.distributed-by, id, option '(:table.create.distributed-by' begins with no regular"
                        + " expression",
                ":table.create.distributed-by, id, option ':table.create.distributed-by' has no expression in front",
                "a:table.create.distributed-by, \"x,,y\", option 'a:table.create.distributed-by' must be names of"
                        + " columns",
                "a:table.create.properties.a b, 1, \"option 'table.create.properties' takes names of letters\"",
                "a:sink.create-table.enabled, true, 'sink.create-table.enabled' is for all tables and takes no"
                        + " expression",
                "a:hostname, h, 'hostname' is for all tables and takes no expression",
                "a:table.create.distributedby, id, unknown option 'a:table.create.distributedby'",
            })
    void whatIsWrongIsNamed(String name, String value, String message) {
        assertThatThrownBy(() -> settings(name, value))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(message);
    }

    @Test
    void theyNeedCreationAndManyTables() {
        assertThatThrownBy(() -> Plans.databaseSettings("a:" + FILL, "70"))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option 'a:" + FILL + "' needs 'sink.create-table.enabled' = 'true'");
        assertThatThrownBy(() ->
                        SinkSettings.ofTable(Plans.options("a:" + FILL, "70", "sink.create-table.enabled", "true")))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option 'a:" + FILL + "' is for the database mode");
    }

    @ParameterizedTest
    @CsvSource({
        "table.create.distributed-by=a=b, table.create.distributed-by",
        "a=b:c:table.create.distributed-by=x:table.create.distributed-by=y, a=b:c:table.create.distributed-by",
        "x:table.create.properties.fill_factor=1, x:table.create.properties.fill_factor",
        "x=y:table.create.lower-case-names=true, x=y:table.create.lower-case-names",
        "x:sink.create-table.enabled=true, x:sink.create-table.enabled",
        "x:nothing=y, x:nothing",
    })
    void aNameEndsWhereItsValueBegins(String pair, String name) {
        assertThat(pair.substring(0, TableOptions.equalsSign(pair))).isEqualTo(name);
    }

    @Test
    void anExpressionWithoutATableIsKnown() {
        SinkSettings settings = settings("a:" + FILL, "80", "s\\.b:" + FILL, "90", "c.*:" + FILL, "90");
        assertThat(settings.ofTables().without(List.of(new SourceName("s", "b"), new SourceName("t", "a"))))
                .containsExactly("c.*:" + FILL);
    }

    private static SinkSettings settings(String... options) {
        String[] all = new String[options.length + 2];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = "sink.create-table.enabled";
        all[options.length + 1] = "true";
        return Plans.databaseSettings(all);
    }
}
