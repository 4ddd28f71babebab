package com.pieclouddb.flink.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBOptions.SslMode;
import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import com.pieclouddb.flink.internal.Plans;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad options are refused at planning, by name; good ones mean what they say. */
class SinkSettingsTest {

    @Test
    void textBecomesTypedValues() {
        SinkSettings settings = SinkSettings.ofTable(Plans.options(
                "port",
                "15432",
                "connection.timeout",
                "5 s",
                "sink.buffer.memory-size",
                "8mb",
                "connection.ssl.mode",
                "verify-full",
                "load_mode",
                "MERGE"));
        assertThat(settings.get(PieCloudDBOptions.PORT)).isEqualTo(15432);
        assertThat(settings.get(PieCloudDBOptions.CONNECTION_TIMEOUT)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.get(PieCloudDBOptions.BUFFER_MEMORY_SIZE)).isEqualTo(MemorySize.ofMebiBytes(8));
        assertThat(settings.get(PieCloudDBOptions.CONNECTION_SSL_MODE)).isEqualTo(SslMode.VERIFY_FULL);
        assertThat(settings.get(PieCloudDBOptions.LOAD_MODE)).isEqualTo(LoadMode.MERGE);
    }

    @ParameterizedTest
    @CsvSource({"load_mode, append-only", "load-mode, append", "load-mode, append-only", "load_mode, APPEND"})
    void otherSpellingsOfAppendAreAccepted(String name, String value) {
        assertThat(SinkSettings.ofTable(Plans.options(name, value)).find(PieCloudDBOptions.LOAD_MODE))
                .contains(LoadMode.APPEND);
    }

    @Test
    void theOtherSpellingOfTheWarehouseIsAccepted() {
        assertThat(SinkSettings.ofTable(Plans.options("pdb-warehouse", "w")).find(PieCloudDBOptions.PDB_WAREHOUSE))
                .contains("w");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "port, 0, \"option 'port' must be between 1 and 65535, but is '0'\"",
                "port, 65536, \"option 'port' must be between 1 and 65535, but is '65536'\"",
                "port, five, \"option 'port' cannot be read\"",
                "hostname, \"\", \"option 'hostname' must not be empty\"",
                "load_mode, upsert, \"option 'load_mode' cannot be read\"",
                "connection.timeout, 0 s, \"option 'connection.timeout' must be at least 1 ms\"",
                "connection.timeout, 5 ns, \"option 'connection.timeout' must be at least 1 ms\"",
                "connection.timeout, soon, \"option 'connection.timeout' cannot be read\"",
                "connection.max-retries, -1, \"option 'connection.max-retries' must be at least 0\"",
                "connection.ssl.mode, yes, \"option 'connection.ssl.mode' cannot be read\"",
                "connection.properties.a b, 1, \"option 'connection.properties' takes names of letters, digits, '_'"
                        + " and '.'\"",
                "connection.properties.a;drop, 1, \"not 'a;drop'\"",
                "schema-name, \"\", \"option 'schema-name' must not be empty\"",
                "sink.parallelism, 0, \"option 'sink.parallelism' must be at least 1\"",
                "sink.stall-timeout, 0 ms, \"option 'sink.stall-timeout' must be at least 1 ms\"",
                "sink.buffer.memory-size, 1023kb, \"option 'sink.buffer.memory-size' must be at least 1 mb\"",
                "sink.buffer-flush.max-rows, -1, \"option 'sink.buffer-flush.max-rows' must be at least 0\"",
                "sink.buffer-flush.interval, 5 micros, \"option 'sink.buffer-flush.interval' must be 0 or at least 1"
                        + " ms\"",
                "sink.buffer-flush.interval, -1 s, \"option 'sink.buffer-flush.interval' \"",
                "pdb_warehouse, \"\", \"option 'pdb_warehouse' must not be empty\"",
                "connection.ssl.root-cert, \"\", \"option 'connection.ssl.root-cert' must not be empty\"",
                "native.library.directory, \"\", \"option 'native.library.directory' must not be empty\"",
                "table.create.distributed-by, \"a,,b\", \"option 'table.create.distributed-by' must be names of"
                        + " columns with commas\"",
                "sink.copy.format, csv, \"option 'sink.copy.format' cannot be read\"",
                "sink.merge.allow-replace, maybe, \"option 'sink.merge.allow-replace' cannot be read\"",
                "hostnam, h, \"unknown option 'hostnam', did you mean 'hostname'?\"",
                "sink.buffer-flush.maxrows, 1, \"did you mean 'sink.buffer-flush.max-rows'?\"",
                "zzzzzzzzzz, 1, \"unknown option 'zzzzzzzzzz'; known are connection.max-retries, \"",
            })
    void aBadOptionIsRefusedByName(String name, String value, String message) {
        assertThatThrownBy(() -> SinkSettings.ofTable(Plans.options(name, value)))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"hostname", "username", "database-name", "table-name"})
    void aMissingOptionIsRefusedByName(String name) {
        Map<String, String> options = new HashMap<>(Plans.options());
        options.remove(name);
        assertThatThrownBy(() -> SinkSettings.ofTable(options))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("missing option '" + name + "'");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "sink.table-without-key, ignore, \"option 'sink.table-without-key' cannot be read\"",
                "schema.change.behavior, evolve, \"option 'schema.change.behavior' cannot be read\"",
                "connection.pool.max-size, 0, \"option 'connection.pool.max-size' must be at least 1, but is '0'\"",
                "connection.pool.idle-timeout, 999 ms, \"option 'connection.pool.idle-timeout' must be at least 1 s\"",
                "sink.metrics.max-tables, -1, \"option 'sink.metrics.max-tables' must be at least 0\"",
                "connection.pool.maxsize, 1, \"did you mean 'connection.pool.max-size'?\"",
                "table-name, t, \"option 'table-name' is for a sink into one table; in the database mode each change"
                        + " names\"",
                "schema-name, s, \"option 'schema-name' is for a sink into one table\"",
                "port, 0, \"option 'port' must be between 1 and 65535\"",
            })
    void aBadOptionOfTheDatabaseModeIsRefusedByName(String name, String value, String message) {
        Map<String, String> options = new HashMap<>(Plans.options(name, value));
        if (!name.equals("table-name")) {
            options.remove("table-name");
        }
        assertThatThrownBy(() -> SinkSettings.ofDatabase(options))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(message);
    }

    @Test
    void theDatabaseModeHasItsOwnOptionsAndDefaults() {
        SinkSettings settings =
                Plans.databaseSettings("sink.table-without-key", "skip", "connection.pool.max-size", "3");
        assertThat(settings.get(PieCloudDBOptions.TABLE_WITHOUT_KEY)).isEqualTo(TableWithoutKey.SKIP);
        assertThat(settings.get(PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE)).isEqualTo(3);
        assertThat(settings.get(PieCloudDBOptions.METRICS_MAX_TABLES)).isEqualTo(200);
        assertThat(settings).hasToString("demo");
    }

    @ParameterizedTest
    @CsvSource({"hostname", "username", "database-name"})
    void aMissingOptionOfTheDatabaseModeIsRefusedByName(String name) {
        Map<String, String> options = new HashMap<>(Plans.options());
        options.remove("table-name");
        options.remove(name);
        assertThatThrownBy(() -> SinkSettings.ofDatabase(options))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("missing option '" + name + "'")
                .hasMessageNotContaining("table-name");
    }

    @ParameterizedTest
    @CsvSource({
        "sink.table-without-key, append",
        "schema.change.behavior, ignore",
        "connection.pool.max-size, 2",
        "connection.pool.idle-timeout, 1min",
        "sink.metrics.max-tables, 1"
    })
    void optionsOfTheDatabaseModeAreRefusedForOneTable(String name, String value) {
        assertThatThrownBy(() -> SinkSettings.ofTable(Plans.options(name, value)))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(
                        "option '" + name + "' is for the database mode, PieCloudDBSink.databaseBuilder()");
    }

    @ParameterizedTest
    @CsvSource({
        "sink.buffer-flush.max-rows, 5",
        "sink.buffer-flush.max-bytes, 1mb",
        "sink.buffer-flush.interval, 1s",
        "sink.fence, none"
    })
    void whatExactlyOnceCannotKeepIsRefused(String name, String value) {
        assertThatThrownBy(() ->
                        SinkSettings.ofTable(Plans.options(name, value, "sink.delivery-guarantee", "exactly-once")))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option '" + name + "'")
                .hasMessageContaining("'exactly-once'");
        assertThat(SinkSettings.ofTable(Plans.options(name, value, "sink.delivery-guarantee", "at-least-once")))
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "1e3", "0%", "0.00%", ".5%", "1.234%", "100.01%", "101%", "1 %", "many"})
    void errorRowsAreLimitedByANumberOrAPercentage(String max) {
        assertThatThrownBy(() -> SinkSettings.ofTable(
                        Plans.options("sink.error-rows.action", "skip", "sink.error-rows.max", max)))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option 'sink.error-rows.max' must be a number of rows");
        for (String good : new String[] {"1", "999", "0.01%", "5.5%", "99.99%", "100%", "100.0%"}) {
            assertThat(SinkSettings.ofTable(
                            Plans.options("sink.error-rows.action", "skip", "sink.error-rows.max", good)))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with blank", "a%", "é", "abcdefghijklmnopqrstuvwxy"})
    void aLabelIsAPlainShortName(String label) {
        assertThatThrownBy(() -> SinkSettings.ofTable(Plans.options("sink.label-prefix", label)))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option 'sink.label-prefix' must be 1 to 24");
        assertThat(SinkSettings.ofTable(Plans.options("sink.label-prefix", "Nightly_load-2")))
                .isNotNull();
    }

    @Test
    void allMistakesAreReportedAtOnce() {
        assertThatThrownBy(() -> SinkSettings.ofTable(Map.of("port", "0", "pasword", "hunter2", "hostname", "h")))
                .hasMessageContaining("'port'")
                .hasMessageContaining("'pasword', did you mean 'password'?")
                .hasMessageContaining("missing option 'table-name'")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void thePasswordIsInNoTextOfTheSettings() {
        SinkSettings settings = SinkSettings.ofTable(Plans.options("password", "hunter2"));
        assertThat(settings.toString()).isEqualTo("demo.public.student");
        assertThat(settings.password().orElseThrow().toString()).doesNotContain("hunter2");
        assertThat(settings.find(PieCloudDBOptions.PASSWORD)).isEmpty();
        assertThat(settings.password().orElseThrow().reveal()).isEqualTo("hunter2");
    }

    @Test
    void sessionSettingsComeInAStableOrder() {
        assertThat(SinkSettings.ofTable(Plans.options("connection.properties.b.c", "2", "connection.properties.a", "1"))
                        .entries(PieCloudDBOptions.CONNECTION_PROPERTIES))
                .containsExactly(Map.entry("a", "1"), Map.entry("b.c", "2"));
    }
}
