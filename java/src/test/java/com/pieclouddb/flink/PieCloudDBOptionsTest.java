package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

/** The options table is complete, documented and has the defaults that users were promised. */
class PieCloudDBOptionsTest {

    @Test
    void everyOptionIsInExactlyOneList() throws IllegalAccessException {
        List<Object> declared = new ArrayList<>();
        for (Field field : PieCloudDBOptions.class.getFields()) {
            if (field.getType() == ConfigOption.class) {
                declared.add(field.get(null));
            }
        }
        assertThat(declared).containsExactlyInAnyOrderElementsOf(all()).doesNotHaveDuplicates();
    }

    @Test
    void everyOptionHasADescription() {
        assertThat(all()).allSatisfy(option -> assertThat(option.description()).isNotNull());
    }

    @Test
    void defaultsAreThePromisedOnes() {
        Map<String, String> defaults = new HashMap<>();
        all().stream()
                .filter(ConfigOption::hasDefaultValue)
                .forEach(option -> defaults.put(option.key(), String.valueOf(option.defaultValue())));
        assertThat(defaults)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("port", "5432"),
                        Map.entry("schema-name", "public"),
                        Map.entry("pdb_warehouse.statement", "SET pdb_warehouse TO '<name>'"),
                        Map.entry("sink.buffer.memory-size", "64 mb"),
                        Map.entry("sink.copy.format", "auto"),
                        Map.entry("sink.copy.max-duration", "PT5S"),
                        Map.entry("connection.timeout", "PT30S"),
                        Map.entry("connection.max-retries", "3"),
                        Map.entry("connection.ssl.mode", "prefer"),
                        Map.entry("sink.stall-timeout", "PT10M"),
                        Map.entry("sink.delivery-guarantee", "at-least-once"),
                        Map.entry("sink.fence", "auto"),
                        Map.entry("sink.staging.retention", "PT168H"),
                        Map.entry("sink.ledger.retention", "PT720H"),
                        Map.entry("sink.recovery.grace-period", "PT5M"),
                        Map.entry("sink.recovery.missing-staging", "fail"),
                        Map.entry("sink.staging-schema", "pieclouddb_flink"),
                        Map.entry("sink.merge.strategy", "replace"),
                        Map.entry("sink.merge.initial-load", "staged"),
                        Map.entry("sink.merge.allow-replace", "false"),
                        Map.entry("sink.append.allow-unique", "false"),
                        Map.entry("sink.ignore-delete", "false"),
                        Map.entry("sink.ignore-update-before", "false"),
                        Map.entry("sink.error-rows.action", "fail"),
                        Map.entry("sink.error-rows.table-name", "error_rows"),
                        Map.entry("sink.null-char.handling", "fail"),
                        Map.entry("sink.row.max-size", "32 mb"),
                        Map.entry("sink.create-table.enabled", "false"),
                        Map.entry("sink.table-without-key", "refuse"),
                        Map.entry("schema.change.behavior", "exception"),
                        Map.entry("connection.pool.max-size", "8"),
                        Map.entry("connection.pool.idle-timeout", "PT5M"),
                        Map.entry("sink.metrics.max-tables", "200")));
    }

    private static List<ConfigOption<?>> all() {
        List<ConfigOption<?>> all = new ArrayList<>(PieCloudDBOptions.REQUIRED);
        all.addAll(PieCloudDBOptions.OPTIONAL);
        all.addAll(PieCloudDBOptions.DATABASE_OPTIONAL);
        return all;
    }
}
