package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import com.pieclouddb.flink.RowConverter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * The BATCH job that is crashed: what it loads, how often it may be restarted, and what its table must hold in the end.
 */
final class BatchCrashJob {

    static final int ROWS = 2_000;

    /**
     * Also in merge mode without a key of its own: a unique index would refuse what must not come twice before anybody
     * sees it.
     */
    static final String CREATE_TABLE = "CREATE TABLE t (id bigint, v text)";

    static final String SELECT = "SELECT id, v FROM t";

    private static final int PARALLELISM = 2;

    private static final DataType TYPE = DataTypes.ROW(
            DataTypes.FIELD("id", DataTypes.BIGINT().notNull()), DataTypes.FIELD("v", DataTypes.STRING()));

    private BatchCrashJob() {}

    /** What the job, and a cluster of its own, run with. */
    static Configuration configuration() {
        Configuration configuration = new Configuration();
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "100");
        configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
        configuration.setString("execution.runtime-mode", "BATCH");
        return configuration;
    }

    /** The job; {@code sink} knows its server. */
    static StreamExecutionEnvironment of(DeliveryGuarantee guarantee, LoadMode mode, PieCloudDBSinkBuilder<Row> sink) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration());
        env.setParallelism(PARALLELISM);
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        sink.table("t")
                .option("load_mode", mode.toString())
                .option(PieCloudDBOptions.DELIVERY_GUARANTEE, guarantee)
                .rowType((RowType) TYPE.getLogicalType())
                .converter(RowConverter.forRow(TYPE));
        env.fromSequence(1, ROWS)
                .map(id -> Row.of(id, "v" + id))
                .returns(Types.ROW_NAMED(new String[] {"id", "v"}, Types.LONG, Types.STRING))
                .sinkTo((mode == LoadMode.MERGE ? sink.primaryKey("id") : sink).build())
                .uid("sink");
        return env;
    }

    /** The rows that must be there, each once, as psql tells them. */
    static List<String> expectedRows() {
        return LongStream.rangeClosed(1, ROWS).mapToObj(id -> id + "|v" + id).collect(Collectors.toList());
    }
}
