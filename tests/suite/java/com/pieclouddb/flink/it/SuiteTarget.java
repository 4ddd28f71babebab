package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;
import java.net.URL;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.DataStreamSinkV2ExternalContext;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;

/**
 * One case of Flink's suite: a table that no other case has, the sink into it, and what it holds.
 *
 * <p>A record is a number and some text with {@code |} between them, as {@link Postgres#query} shows a row. No number
 * comes twice in a case, so that a merge keeps what an append keeps.
 */
final class SuiteTarget implements DataStreamSinkV2ExternalContext<String> {

    private static final int RECORDS = 400;

    private static final RowType ROW_TYPE = (RowType) DataTypes.ROW(
                    DataTypes.FIELD("id", DataTypes.BIGINT().notNull()), DataTypes.FIELD("name", DataTypes.STRING()))
            .getLogicalType();

    private static final RowConverter<String> ROWS = record -> {
        int split = record.indexOf('|');
        return GenericRowData.of(
                Long.valueOf(record.substring(0, split)), StringData.fromString(record.substring(split + 1)));
    };

    private final Postgres server;
    private final LoadMode mode;
    private final String table;

    SuiteTarget(SuiteServer server, LoadMode mode) {
        this.server = server.running();
        this.mode = mode;
        this.table = server.nextTable();
        try {
            this.server.execute("CREATE TABLE " + table + " (id bigint" + (mode == LoadMode.MERGE ? " PRIMARY KEY" : "")
                    + ", name text)");
        } catch (SQLException e) {
            throw new IllegalStateException("table " + table + " could not be made", e);
        }
    }

    /** The semantics have another name since Flink 2.0, which 1.18 does not know. */
    @SuppressWarnings("deprecation")
    @Override
    public Sink<String> createSink(TestingSinkSettings settings) {
        PieCloudDBSinkBuilder<String> sink = PieCloudDBSink.<String>builder()
                .hostname("127.0.0.1")
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .table(table)
                .rowType(ROW_TYPE)
                .converter(ROWS)
                .loadMode(mode)
                .option(
                        PieCloudDBOptions.DELIVERY_GUARANTEE,
                        DeliveryGuarantee.valueOf(
                                settings.getCheckpointingMode().name()));
        return (mode == LoadMode.MERGE ? sink.primaryKey("id") : sink).build();
    }

    @Override
    public ExternalSystemDataReader<String> createSinkDataReader(TestingSinkSettings settings) {
        return new NewRows(server, "SELECT id, name FROM " + table);
    }

    @Override
    public List<String> generateTestData(TestingSinkSettings settings, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, RECORDS)
                .mapToObj(
                        i -> random.nextInt(1 << 20) * (long) RECORDS + i + "|" + Long.toString(random.nextLong(), 36))
                .collect(Collectors.toList());
    }

    @Override
    public TypeInformation<String> getProducedType() {
        return Types.STRING;
    }

    /** The connector is on the cluster's class path. */
    @Override
    public List<URL> getConnectorJarPaths() {
        return List.of();
    }

    @Override
    public void close() {
        // The table goes with the server.
    }

    /** How the report names the case. */
    @Override
    public String toString() {
        return mode.toString();
    }
}
