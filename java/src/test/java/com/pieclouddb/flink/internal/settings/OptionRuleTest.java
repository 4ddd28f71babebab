package com.pieclouddb.flink.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.internal.Plans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What options take, what they need of each other and what a session may not be told, as docs/options.md has it. */
class OptionRuleTest {

    @Test
    void theDocumentHoldsTheTablesOfTheCode() throws IOException {
        String document = Files.readString(Path.of("docs/options.md"));
        assertThat(table(document, "## Options that need others\n"))
                .isEqualTo(
                        Arrays.stream(OptionRule.values()).map(OptionRule::line).collect(Collectors.joining("\n")));
        assertThat(table(document, "## Values\n"))
                .isEqualTo(Arrays.stream(OptionRange.values())
                        .map(OptionRange::line)
                        .collect(Collectors.joining("\n")));
        assertThat(table(document, "## Session settings that are not taken\n"))
                .isEqualTo(Arrays.stream(SessionProperty.values())
                        .map(SessionProperty::line)
                        .collect(Collectors.joining("\n")));
    }

    private static String table(String document, String heading) {
        assertThat(document).containsOnlyOnce(heading);
        String behind = document.substring(document.indexOf(heading) + heading.length());
        int end = behind.indexOf("\n## ");
        return behind.substring(0, end)
                .lines()
                .filter(line -> line.startsWith("| `"))
                .collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "client_encoding",
                "Client_Encoding",
                "application_name",
                "ROLE",
                "session_authorization",
                "default_transaction_isolation",
                "transaction_read_only",
                "standard_conforming_strings",
                "options",
                "password"
            })
    void aSettingOfTheConnectorsOwnIsRefusedByNameAndWithoutItsValue(String name) {
        String option = "connection.properties." + name;
        assertThatThrownBy(() -> SinkSettings.ofTable(Plans.options(option, "hunter2")))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option '" + option + "' is not taken: ")
                .hasMessageEndingWith("; leave it out")
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @CsvSource({"off, false", "OFF, false", "no, false", "0, false", "local, true", "remote_apply, true", "on, true"})
    void aCommitMustBeOnDisk(String value, boolean taken) {
        String option = "connection.properties.synchronous_commit";
        if (taken) {
            assertThat(SinkSettings.ofTable(Plans.options(option, value))).isNotNull();
        } else {
            assertThatThrownBy(() -> SinkSettings.ofTable(Plans.options(option, value)))
                    .hasMessageContaining("'" + option + "' = 'off' is not taken: a checkpoint would complete");
        }
    }

    @Test
    void otherSettingsAreTheServers() {
        assertThat(SinkSettings.ofTable(Plans.options(
                        "connection.properties.DateStyle",
                        "German",
                        "connection.properties.search_path",
                        "app, public",
                        "connection.properties.my.own",
                        "1",
                        "connection.properties.statement_timeout",
                        "5min")))
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "load_mode, merge, load-mode, append, load_mode",
        "pdb_warehouse, a, pdb-warehouse, b, pdb_warehouse",
        "connection.properties, a:1, connection.properties.b, 2, connection.properties",
        "table.create.properties, a:1, table.create.properties.b, 2, table.create.properties",
        "connection.properties.work_mem, 1MB, connection.properties.Work_Mem, 2MB, connection.properties.work_mem"
    })
    void oneOptionByTwoNamesIsRefused(String one, String value, String other, String otherValue, String named) {
        assertThatThrownBy(() -> SinkSettings.ofTable(
                        Plans.options(one, value, other, otherValue, "sink.create-table.enabled", "true")))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("option '" + named + "' is given twice");
    }

    @Test
    void badNamesBehindAPrefixAreToldWithoutAnyValue() {
        assertThatThrownBy(() -> SinkSettings.ofTable(
                        Plans.options("connection.properties.a b", "hunter2", "connection.properties.good", "hunter3")))
                .hasMessageContaining("not 'a b'")
                .hasMessageNotContaining("hunter");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET w TO x", "SET w TO <name>", "SET w TO '<name>', <name>"})
    void aWarehousesStatementNamesTheWarehouse(String statement) {
        assertThatThrownBy(() ->
                        SinkSettings.ofTable(Plans.options("pdb_warehouse", "w", "pdb_warehouse.statement", statement)))
                .hasMessageContaining("option 'pdb_warehouse.statement' must be a statement with the"
                        + " warehouse's name as '<name>'");
        assertThat(SinkSettings.ofTable(Plans.options(
                        "pdb_warehouse", "w", "pdb_warehouse.statement", "USE \"<name>\"; SET w TO '<name>'")))
                .isNotNull();
    }
}
