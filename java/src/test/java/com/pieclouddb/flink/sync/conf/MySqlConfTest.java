package com.pieclouddb.flink.sync.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;

/** The source's settings are good, or refused by their names and all at once. */
class MySqlConfTest {

    private static final Map<String, String> LEAST =
            Map.of("hostname", "db1", "username", "cdc", "database-name", "shop");

    @Test
    void whatIsNotGivenIsTheTablesDefault() {
        MySqlConf conf = MySqlConf.of(LEAST);
        assertThat(conf.number(MySqlOption.PORT)).isEqualTo(3306);
        assertThat(conf.duration(MySqlOption.CONNECT_TIMEOUT)).isEqualTo(Duration.ofSeconds(30));
        assertThat(conf.text(MySqlOption.PASSWORD)).isEmpty();
        assertThat(conf.find(MySqlOption.SERVER_ID)).isEmpty();
    }

    @Test
    void valuesAreToldExactlyWhateverIsGiven() {
        MySqlConf conf =
                with(Map.of("debezium.min.row.count.to.stream.results", "5", "jdbc.properties.useSSL", "false"));
        assertThat(conf.debezium())
                .containsEntry("min.row.count.to.stream.results", "5")
                .containsEntry("enable.time.adjuster", "false")
                .containsEntry("decimal.handling.mode", "precise");
        assertThat(conf.jdbc()).containsOnlyKeys("useSSL");
        refused(
                "'debezium.decimal.handling.mode' must be 'precise', which it is unless set: the sink reads values"
                        + " that way",
                Map.of("debezium.decimal.handling.mode", "double"));
        for (String property : new String[] {
            "converters",
            "skipped.operations",
            "transforms.x.type",
            "table.include.list",
            "binlog.buffer.size",
            "gtid.source.includes",
            "database.history.skip.unparseable.ddl",
            "snapshot.mode",
            "column.mask.with.5.chars",
            "column.mask.hash.v2.SHA-256.with.salt.x",
            "column.truncate.to.5.chars"
        }) {
            refused("'debezium." + property + "' cannot be set", Map.of("debezium." + property, "x"));
        }
    }

    @Test
    void whatIsWrongIsToldAtOnceAndWithoutThePassword() {
        assertThatThrownBy(() -> MySqlConf.of(Map.of(
                        "pasword",
                        "secret",
                        "hostname",
                        "",
                        "port",
                        "0",
                        "connect.timeout",
                        "soon",
                        "server-id",
                        "x",
                        "server-time-zone",
                        "Mars",
                        "database-name",
                        "a(",
                        "scan.startup.mode",
                        "never")))
                .isInstanceOf(ValidationException.class)
                .hasMessageContainingAll(
                        "unknown setting 'pasword', did you mean 'password'?",
                        "'hostname' must not be empty",
                        "missing setting 'username'",
                        "'port' must be between 1 and 65535, but is 0",
                        "'connect.timeout' must be a time such as 30s, but is 'soon'",
                        "'server-id' is a number or a range such as 5400-5408, not 'x'",
                        "'server-time-zone' is no time zone: 'Mars'",
                        "'database-name' is no regular expression: Unclosed group",
                        "'scan.startup.mode' is one of earliest-offset, initial, latest-offset, specific-offset,"
                                + " timestamp")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void aStartingPointNeedsItsPlace() {
        refused("needs 'scan.startup.timestamp-millis', a number", Map.of("scan.startup.mode", "timestamp"));
        refused("needs either 'scan.startup.specific-offset.file'", Map.of("scan.startup.mode", "specific-offset"));
        refused(
                "needs either",
                Map.of(
                        "scan.startup.mode",
                        "specific-offset",
                        "scan.startup.specific-offset.file",
                        "b.1",
                        "scan.startup.specific-offset.pos",
                        "4",
                        "scan.startup.specific-offset.gtid-set",
                        "x"));
        refused(
                "needs either",
                Map.of(
                        "scan.startup.mode",
                        "specific-offset",
                        "scan.startup.specific-offset.file",
                        "b.1",
                        "scan.startup.specific-offset.gtid-set",
                        "x"));
        refused(
                "'scan.startup.timestamp-millis' needs 'scan.startup.mode' = 'timestamp', which is 'initial'",
                Map.of("scan.startup.timestamp-millis", "1"));
        refused(
                "'scan.startup.specific-offset.gtid-set' needs 'scan.startup.mode' = 'specific-offset'",
                Map.of("scan.startup.mode", "latest-offset", "scan.startup.specific-offset.gtid-set", "x"));
        refused(
                "'scan.snapshot.fetch.size' needs 'scan.startup.mode' = 'initial', which is 'earliest-offset'",
                Map.of("scan.startup.mode", "earliest-offset", "scan.snapshot.fetch.size", "10"));
        with(Map.of("scan.startup.mode", "specific-offset", "scan.startup.specific-offset.gtid-set", "x"));
    }

    @Test
    void chunkKeysNameTableAndColumn() {
        String key = "scan.incremental.snapshot.chunk.key-column";
        assertThat(with(Map.of(key, "shop.a.b:c;shop.x:y:z")).chunkKeys())
                .containsEntry(new SourceName("shop", "a.b"), "c")
                .containsEntry(new SourceName("shop", "x:y"), "z");
        refused("takes db.table:column, more behind semicolons, not 'shop.a'", Map.of(key, "shop.a"));
    }

    private static void refused(String reason, Map<String, String> more) {
        assertThatThrownBy(() -> with(more))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(reason);
    }

    private static MySqlConf with(Map<String, String> more) {
        Map<String, String> given = new HashMap<>(LEAST);
        given.putAll(more);
        return MySqlConf.of(given);
    }
}
