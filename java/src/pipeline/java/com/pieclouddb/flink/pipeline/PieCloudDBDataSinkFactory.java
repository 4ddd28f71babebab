package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.cdc.common.configuration.ConfigOption;
import org.apache.flink.cdc.common.configuration.ConfigOptions;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.common.factories.DataSinkFactory;
import org.apache.flink.cdc.common.pipeline.PipelineOptions;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.table.api.ValidationException;

/**
 * Makes {@code type: pieclouddb} a sink of Flink CDC's pipelines.
 *
 * <p>All checks that need no server happen here, while the pipeline is composed. It runs where the pipeline is
 * submitted and never loads the native library.
 */
@Internal
public final class PieCloudDBDataSinkFactory implements DataSinkFactory {

    @Override
    public String identifier() {
        return PieCloudDBOptions.IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return texts(SinkSettings.pipelineRequired());
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return texts(SinkSettings.pipelineOptional());
    }

    @Override
    public DataSink createDataSink(Context context) {
        Configuration pipeline = context.getPipelineConfiguration();
        SinkSettings settings = SinkSettings.ofPipeline(
                context.getFactoryConfiguration().toMap(),
                behavior(pipeline.get(PipelineOptions.PIPELINE_SCHEMA_CHANGE_BEHAVIOR)));
        int parallelism = pipeline.get(PipelineOptions.PIPELINE_PARALLELISM);
        if (parallelism > KeySlots.COUNT) {
            throw new ValidationException("The pipeline's 'parallelism' = " + parallelism
                    + " is too high for its pieclouddb sink, which leads keys to writers by " + KeySlots.COUNT
                    + " slots: set " + KeySlots.COUNT + " or less");
        }
        // A pipeline gives up when the answer is late: who waits for a lock has to say so before. A renamed column is
        // two changes, and each waits.
        Duration rpcTimeout = pipeline.get(PipelineOptions.PIPELINE_SCHEMA_OPERATOR_RPC_TIMEOUT);
        return new PieCloudDBDataSink(settings, rpcTimeout.dividedBy(3));
    }

    /**
     * What becomes of a target that lacks something. Which changes come at all is the pipeline's own decision; under
     * {@code exception} and {@code ignore} it is only a new table.
     */
    static SchemaChangeBehavior behavior(org.apache.flink.cdc.common.pipeline.SchemaChangeBehavior pipelines) {
        switch (pipelines) {
            case EXCEPTION:
                return SchemaChangeBehavior.EXCEPTION;
            case IGNORE:
                return SchemaChangeBehavior.IGNORE;
            default:
                return SchemaChangeBehavior.LENIENT;
        }
    }

    /** Types are checked with the values, so that all mistakes are told at once. */
    private static Set<ConfigOption<?>> texts(List<String> names) {
        Set<ConfigOption<?>> options = new HashSet<>();
        names.forEach(name -> options.add(ConfigOptions.key(name).stringType().noDefaultValue()));
        return options;
    }
}
