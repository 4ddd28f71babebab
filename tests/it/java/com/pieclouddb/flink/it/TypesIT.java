package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TableEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that SQL makes, by either COPY format, in the server's own types. */
@EachOnOneLine
class TypesIT {

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException {
        server = Postgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "text"})
    void textIsReadByTheServerWhereItsTypeHasNoOther(String format) throws Exception {
        server.execute(
                "DROP TABLE IF EXISTS parsed",
                "DROP TYPE IF EXISTS pair, weekday",
                "CREATE TYPE pair AS (a int, b text)",
                "CREATE TYPE weekday AS ENUM ('monday', 'tuesday')",
                "CREATE TABLE parsed (address inet PRIMARY KEY, bits bit(4), span interval, part pair, days weekday,"
                        + " spread int4range)");
        TableEnvironment tables = tables();
        tables.executeSql(sink(
                "parsed",
                format,
                "address STRING, bits STRING, span STRING, part STRING, days STRING, spread STRING, PRIMARY KEY"
                        + " (address) NOT ENFORCED"));
        try (LogCapture log = LogCapture.open()) {
            tables.executeSql("INSERT INTO parsed VALUES ('10.0.0.1/32', '1010', '1 day 2 hours', '(1,\"a b\")',"
                            + " 'tuesday', '[1,5]'), ('::1', CAST(NULL AS STRING), '0', '(,)', 'monday', 'empty')")
                    .await();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("the server reads"))
                    .hasSize(format.equals("binary") ? 1 : 0)
                    .allMatch(line -> line.startsWith("INFO")
                            && line.contains("\"address\", \"bits\", \"span\", \"part\", \"spread\" from text only"));
        }
        assertThat(server.query("SELECT p::text FROM parsed p ORDER BY address"))
                .containsExactly(
                        "(10.0.0.1,1010,\"1 day 02:00:00\",\"(1,\"\"a b\"\")\",tuesday,\"[1,6)\")",
                        "(::1,,00:00:00,\"(,)\",monday,empty)");
        tables.executeSql("INSERT INTO parsed VALUES ('10.0.0.1', '0000', '0', '(,)', 'monday', 'empty')")
                .await();
        assertThat(server.query("SELECT coalesce(bits::text, '-') FROM parsed ORDER BY address"))
                .as("another text of the same key")
                .containsExactly("0000", "-");
    }

    @Test
    void textThatTheServerRefusesNamesItsColumn() throws Exception {
        server.execute("DROP TABLE IF EXISTS strict", "CREATE TABLE strict (id int, address inet)");
        TableEnvironment tables = tables();
        tables.executeSql(sink("strict", "auto", "id INT, address STRING"));
        assertThatThrownBy(() -> tables.executeSql("INSERT INTO strict VALUES (1, 'not an address')")
                        .await())
                .hasStackTraceContaining("column \"address\"");
        assertThat(server.query("SELECT count(*) FROM strict")).containsExactly("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "text"})
    void nestedValuesAndIntervalsBecomeArraysJsonAndIntervals(String format) throws Exception {
        server.execute(
                "DROP TABLE IF EXISTS nested",
                "CREATE TABLE nested (id int, tags text[], grid bigint[], prices jsonb, part json, days text, months"
                        + " interval, span interval)");
        TableEnvironment tables = tables();
        tables.createTemporaryTable(
                "nested",
                descriptor("nested", format)
                        .schema(Schema.newBuilder()
                                .column("id", "INT")
                                .column("tags", "ARRAY<STRING>")
                                .column("grid", "ARRAY<ARRAY<INT>>")
                                .column("prices", "MAP<STRING, DECIMAL(10, 2)>")
                                .column("part", "ROW<a BIGINT, b ROW<c TIMESTAMP(3), d BOOLEAN>>")
                                .column("days", "ARRAY<DATE>")
                                .column("months", DataTypes.INTERVAL(DataTypes.MONTH()))
                                .column("span", DataTypes.INTERVAL(DataTypes.DAY(), DataTypes.SECOND(3)))
                                .build())
                        .build());
        tables.executeSql("INSERT INTO nested SELECT 1, ARRAY['a\"b', 'NULL', CAST(NULL AS STRING), '\\'],"
                        + " ARRAY[ARRAY[1, 2], ARRAY[3, 4]], MAP['one', CAST(1.50 AS DECIMAL(10, 2)), 'none',"
                        + " CAST(NULL AS DECIMAL(10, 2))], CAST(ROW(7, ROW(TIMESTAMP '2000-01-31 23:59:59.5', TRUE)) AS"
                        + " ROW<a BIGINT, b ROW<c TIMESTAMP(3), d BOOLEAN>>), ARRAY[DATE '2000-02-29'],"
                        + " INTERVAL '-14' MONTH, INTERVAL '1 02:03:04.005' DAY TO SECOND(3)")
                .await();
        assertThat(server.query("SELECT n::text FROM nested n"))
                .containsExactly("(1,\"{\"\"a\\\\\"\"b\"\",\"\"NULL\"\",NULL,\"\"\\\\\\\\\"\"}\",\"{{1,2},{3,4}}\","
                        + "\"{\"\"one\"\": 1.50, \"\"none\"\": null}\","
                        + "\"{\"\"a\"\":7,\"\"b\"\":{\"\"c\"\":\"\"2000-01-31 23:59:59.5\"\",\"\"d\"\":true}}\","
                        + "\"[\"\"2000-02-29\"\"]\",\"-1 years -2 mons\",26:03:04.005)");
    }

    @Test
    void anArrayThatTheServerCannotHaveNamesItsColumn() throws Exception {
        server.execute("DROP TABLE IF EXISTS grids", "CREATE TABLE grids (grid int[])");
        TableEnvironment tables = tables();
        tables.executeSql(sink("grids", "auto", "grid ARRAY<ARRAY<INT>>"));
        assertThatThrownBy(() -> tables.executeSql("INSERT INTO grids SELECT ARRAY[ARRAY[1], ARRAY[2, 3]]")
                        .await())
                .hasStackTraceContaining("column \"grid\": its arrays are not of one length");
        assertThat(server.query("SELECT count(*) FROM grids")).containsExactly("0");
    }

    private static TableDescriptor.Builder descriptor(String table, String format) {
        return TableDescriptor.forConnector("pieclouddb")
                .option("hostname", "127.0.0.1")
                .option("port", String.valueOf(server.port()))
                .option("database-name", "postgres")
                .option("username", "postgres")
                .option("sink.copy.format", format)
                .option("table-name", table);
    }

    private static TableEnvironment tables() {
        // Flink 2.3 would in streaming ask for what becomes of rows of one key.
        return TableEnvironment.create(EnvironmentSettings.inBatchMode());
    }

    private static String sink(String table, String format, String columns) {
        return "CREATE TABLE " + table + " (" + columns + ") WITH ('connector' = 'pieclouddb', 'hostname' ="
                + " '127.0.0.1', 'port' = '" + server.port() + "', 'database-name' = 'postgres', 'username' ="
                + " 'postgres', 'sink.parallelism' = '1', 'sink.copy.format' = '"
                + format + "', 'table-name' = '" + table + "')";
    }
}
