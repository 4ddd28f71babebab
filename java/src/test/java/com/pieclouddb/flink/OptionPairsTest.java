package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.sync.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every pair of options, in every way to give them, works or is refused by the name of one of the two.
 *
 * <p>Which are refused stands in option-pairs.txt, a line for each value that cannot be had alone, and for each pair
 * that is not what its two values are alone. That an option does something when it is taken is shown by the test that
 * option-effects.txt names for it.
 */
class OptionPairsTest {

    private static final Path RESOURCES = Path.of("java/src/test/resources");

    private static final List<Column> COLUMNS =
            List.of(Column.physical("id", DataTypes.INT().notNull()), Column.physical("name", DataTypes.STRING()));

    /** Values that are not the default, all of them where they are words. */
    private static final Map<String, List<String>> VALUES = values();

    private static Map<String, List<String>> values() {
        Map<String, List<String>> values = new TreeMap<>();
        values.put("hostname", List.of("other.example"));
        values.put("username", List.of("other"));
        values.put("database-name", List.of("demo"));
        values.put("table-name", List.of("other"));
        values.put("port", List.of("15432"));
        values.put("password", List.of("secret"));
        values.put("schema-name", List.of("sales"));
        values.put("pdb_warehouse", List.of("w"));
        values.put("pdb_warehouse.statement", List.of("USE '<name>'"));
        values.put("load_mode", List.of("append", "merge"));
        values.put("sink.parallelism", List.of("2"));
        values.put("sink.buffer-flush.max-rows", List.of("10"));
        values.put("sink.buffer-flush.max-bytes", List.of("1mb"));
        values.put("sink.buffer-flush.interval", List.of("1s"));
        values.put("sink.buffer.memory-size", List.of("8mb"));
        values.put("sink.copy.format", List.of("binary", "text"));
        values.put("sink.copy.max-duration", List.of("1s", "0s"));
        values.put("connection.timeout", List.of("5s"));
        values.put("connection.max-retries", List.of("1"));
        values.put("connection.ssl.mode", List.of("disable", "allow", "require", "verify-ca", "verify-full"));
        values.put("connection.ssl.root-cert", List.of("/etc/ca.pem"));
        values.put("connection.properties.work_mem", List.of("64MB"));
        values.put("sink.stall-timeout", List.of("1min"));
        values.put("sink.delivery-guarantee", List.of("exactly-once"));
        values.put("sink.label-prefix", List.of("nightly"));
        values.put("sink.fence", List.of("required", "none"));
        values.put("sink.staging-schema", List.of("own"));
        values.put("sink.staging.retention", List.of("1d"));
        values.put("sink.ledger.retention", List.of("1d"));
        values.put("sink.recovery.grace-period", List.of("1min"));
        values.put("sink.recovery.missing-staging", List.of("skip"));
        values.put("sink.merge.strategy", List.of("update", "auto"));
        values.put("sink.merge.initial-load", List.of("direct"));
        values.put("sink.soft-delete.column", List.of("gone"));
        values.put("sink.merge.allow-replace", List.of("true"));
        values.put("sink.append.allow-unique", List.of("true"));
        values.put("sink.ignore-delete", List.of("true"));
        values.put("sink.ignore-update-before", List.of("true"));
        values.put("sink.create-table.enabled", List.of("true"));
        values.put("sink.row.max-size", List.of("64mb"));
        values.put("sink.error-rows.action", List.of("skip", "table"));
        values.put("sink.error-rows.table-name", List.of("bad_rows"));
        values.put("sink.error-rows.max", List.of("1000", "0.5%"));
        values.put("sink.null-char.handling", List.of("strip", "replace"));
        values.put("table.create.distributed-by", List.of("id"));
        values.put("table.create.properties.fillfactor", List.of("70"));
        values.put("st.*:table.create.distributed-by", List.of("id"));
        values.put("st.*:table.create.properties.fillfactor", List.of("80"));
        values.put("native.library.directory", List.of("/var/tmp"));
        values.put("sink.table-without-key", List.of("append", "skip"));
        values.put("schema.change.behavior", List.of("ignore", "lenient"));
        values.put("connection.pool.max-size", List.of("2"));
        values.put("connection.pool.idle-timeout", List.of("1min"));
        values.put("sink.metrics.max-tables", List.of("10"));
        return values;
    }

    /** A way to give options. */
    enum Way {
        SQL_WITH_KEY {
            @Override
            void use(Map<String, String> options) {
                sql(options, UniqueConstraint.primaryKey("pk", List.of("id")));
            }
        },
        SQL_WITHOUT_KEY {
            @Override
            void use(Map<String, String> options) {
                sql(options, null);
            }
        },
        BUILDER_WITH_KEY {
            @Override
            void use(Map<String, String> options) {
                builder(options).primaryKey("id").build();
            }
        },
        BUILDER_WITHOUT_KEY {
            @Override
            void use(Map<String, String> options) {
                builder(options).build();
            }
        },
        DATABASE_BUILDER {
            @Override
            void use(Map<String, String> options) {
                PieCloudDBDatabaseSinkBuilder<RowData> builder =
                        PieCloudDBSink.<RowData>databaseBuilder().converter((row, out) -> {});
                options.forEach(builder::option);
                builder.build();
            }
        },
        DEBEZIUM_BUILDER {
            @Override
            void use(Map<String, String> options) {
                PieCloudDBDebeziumSinkBuilder<String> builder =
                        PieCloudDBSink.<String>debeziumBuilder().converter(DebeziumConverter.ofText());
                options.forEach(builder::option);
                builder.build();
            }
        },
        COMMAND {
            @Override
            void use(Map<String, String> options) throws Exception {
                List<String> words = new ArrayList<>(List.of(
                        "mysql-sync-database",
                        "--database",
                        "demo",
                        "--mysql-conf",
                        "hostname=db1",
                        "--mysql-conf",
                        "username=cdc",
                        "--mysql-conf",
                        "database-name=shop"));
                options.forEach((name, value) ->
                        words.addAll(List.of(isOfTables(name) ? "--table-conf" : "--sink-conf", name + "=" + value)));
                try {
                    Command.main(words.toArray(new String[0]));
                } catch (ProgramParametrizationException e) {
                    // All options are looked at before the source is.
                    if (!e.getMessage().contains("Flink CDC's MySQL source is not there")) {
                        throw new ValidationException(e.getMessage());
                    }
                }
            }
        };

        /** @throws ValidationException where they are refused */
        abstract void use(Map<String, String> options) throws Exception;

        boolean takesOneTable() {
            return ordinal() < DATABASE_BUILDER.ordinal();
        }

        /** What this way has, beside what it cannot do without. */
        Map<String, String> with(Map<String, String> more) {
            Map<String, String> options = new LinkedHashMap<>(
                    Map.of("hostname", "db.example", "username", "loader", "database-name", "demo"));
            if (takesOneTable()) {
                options.put("table-name", "student");
            }
            options.putAll(more);
            return options;
        }

        /** Why options are refused. */
        Optional<String> refusal(Map<String, String> more) {
            try {
                use(with(more));
                return Optional.empty();
            } catch (ValidationException e) {
                return Optional.of(
                        e.getCause() instanceof ValidationException
                                ? e.getCause().getMessage()
                                : e.getMessage());
            } catch (Exception e) {
                throw new AssertionError(this + " with " + more, e);
            }
        }
    }

    private static boolean isOfTables(String name) {
        return name.contains("table.create.") || name.equals("sink.create-table.enabled");
    }

    private static void sql(Map<String, String> options, UniqueConstraint key) {
        Map<String, String> all = new LinkedHashMap<>(options);
        all.put("connector", "pieclouddb");
        Schema schema = Schema.newBuilder()
                .fromResolvedSchema(new ResolvedSchema(COLUMNS, List.of(), key))
                .build();
        FactoryUtil.createDynamicTableSink(
                null,
                ObjectIdentifier.of("c", "d", "t"),
                new ResolvedCatalogTable(
                        CatalogTable.of(schema, "", List.of(), all), new ResolvedSchema(COLUMNS, List.of(), key)),
                Map.of(),
                new Configuration(),
                OptionPairsTest.class.getClassLoader(),
                false);
    }

    private static PieCloudDBSinkBuilder<RowData> builder(Map<String, String> options) {
        PieCloudDBSinkBuilder<RowData> builder = PieCloudDBSink.<RowData>builder()
                .rowType((RowType) DataTypes.ROW(
                                DataTypes.FIELD("id", DataTypes.INT().notNull()),
                                DataTypes.FIELD("name", DataTypes.STRING()))
                        .getLogicalType())
                .converter(RowConverter.forRowData());
        options.forEach(builder::option);
        return builder;
    }

    /** An option with a value. */
    private static final class Given {
        private final String name;
        private final String value;
        private final String text;

        private Given(String name, String value) {
            this.name = name;
            this.value = value;
            text = name + "=" + value;
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void everyPairWorksOrIsRefusedByName(Way way) throws IOException {
        List<Given> all = VALUES.entrySet().stream()
                .flatMap(option -> option.getValue().stream().map(value -> new Given(option.getKey(), value)))
                .collect(Collectors.toList());
        List<String> found = new ArrayList<>();
        Map<String, Boolean> works = new LinkedHashMap<>();
        for (Given one : all) {
            Optional<String> refusal = way.refusal(Map.of(one.name, one.value));
            works.put(one.text, refusal.isEmpty());
            refusal.ifPresent(reason -> {
                assertThat(reason).contains(one.name.replaceAll("\\.(fillfactor|work_mem)$", ""));
                found.add(way + ": " + one.text + " is refused");
            });
        }
        for (Given one : all) {
            for (Given other : all) {
                if (one.name.compareTo(other.name) >= 0) {
                    continue;
                }
                Optional<String> refusal = way.refusal(Map.of(one.name, one.value, other.name, other.value));
                refusal.ifPresent(reason -> assertThat(List.of(one.name, other.name))
                        .as(reason)
                        .anyMatch(name -> reason.contains("'" + name.replaceAll("\\.(fillfactor|work_mem)$", "") + "'")
                                || reason.contains("'" + name + "'")
                                || reason.contains(" " + name)));
                boolean expected = works.get(one.text) && works.get(other.text);
                if (refusal.isEmpty() != expected) {
                    found.add(way + ": " + one.text + " and " + other.text
                            + (refusal.isEmpty() ? " work together" : " are refused together"));
                }
            }
        }
        assertThat(String.join("\n", found))
                .isEqualTo(lines("option-pairs.txt").stream()
                        .filter(line -> line.startsWith(way + ": "))
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void everyOptionHasValuesHereAndATestThatShowsWhatItDoes() {
        List<ConfigOption<?>> options = new ArrayList<>(PieCloudDBOptions.REQUIRED);
        options.addAll(PieCloudDBOptions.OPTIONAL);
        options.addAll(PieCloudDBOptions.DATABASE_OPTIONAL);
        List<String> keys = options.stream().map(ConfigOption::key).sorted().collect(Collectors.toList());
        assertThat(VALUES.keySet().stream()
                        .map(name -> name.replaceAll("^st\\.\\*:|\\.(fillfactor|work_mem)$", ""))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(keys);
        List<String> effects = lines("option-effects.txt");
        assertThat(effects.stream().map(line -> line.split(" ")[0])).containsExactlyElementsOf(keys);
        assertThat(effects).allSatisfy(line -> {
            String[] words = line.split(" ");
            assertThat(words).hasSize(3);
            assertThat(Files.readString(Path.of(words[1]))).containsPattern("(void|fn) " + words[2] + "\\(");
        });
    }

    private static List<String> lines(String file) {
        try (var lines = Files.lines(RESOURCES.resolve(file))) {
            return lines.filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
