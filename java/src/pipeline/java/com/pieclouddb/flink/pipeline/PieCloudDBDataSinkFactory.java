package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.SchemaChangeBehavior;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.cdc.common.configuration.ConfigOption;
import org.apache.flink.cdc.common.configuration.ConfigOptions;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.common.event.SchemaChangeEventType;
import org.apache.flink.cdc.common.factories.DataSinkFactory;
import org.apache.flink.cdc.common.pipeline.PipelineOptions;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.table.api.ValidationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes {@code type: pieclouddb} a sink of Flink CDC's pipelines.
 *
 * <p>All checks that need no server happen here, while the pipeline is composed. It runs where the pipeline is
 * submitted and never loads the native library.
 */
@Internal
public final class PieCloudDBDataSinkFactory implements DataSinkFactory {

    private static final Logger LOG = LoggerFactory.getLogger(PieCloudDBDataSinkFactory.class);

    /** A change that Flink CDC tells since 3.3. */
    private static final String SINCE_3_3 = "truncate.table";

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
        SchemaChangeBehavior behavior = behavior(pipeline.get(PipelineOptions.PIPELINE_SCHEMA_CHANGE_BEHAVIOR));
        SinkSettings settings =
                SinkSettings.ofPipeline(context.getFactoryConfiguration().toMap(), behavior);
        int parallelism = pipeline.get(PipelineOptions.PIPELINE_PARALLELISM);
        if (parallelism > KeySlots.COUNT) {
            throw new ValidationException("The pipeline's 'parallelism' = " + parallelism
                    + " is too high for its pieclouddb sink, which leads keys to writers by " + KeySlots.COUNT
                    + " slots: set " + KeySlots.COUNT + " or less");
        }
        caution(
                        behavior,
                        Arrays.stream(SchemaChangeEventType.values())
                                .map(SchemaChangeEventType::getTag)
                                .collect(Collectors.toSet()))
                .ifPresent(LOG::warn);
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

    /**
     * What may be read wrong, without an error, where Flink CDC is older than 3.3; neither it nor Flink's restart
     * strategy can be asked here.
     *
     * @param changes tags of all changes that this Flink CDC knows
     */
    static Optional<String> caution(SchemaChangeBehavior behavior, Set<String> changes) {
        if (behavior == SchemaChangeBehavior.EXCEPTION || changes.contains(SINCE_3_3)) {
            return Optional.empty();
        }
        return Optional.of(
                "Before 3.3 Flink CDC sets back its tasks after a failure, and not what it knows of schemas: if a task"
                    + " fails after a type changed and before the next checkpoint, rows of before the change are read"
                    + " by the new type, without an error, and an INT of -1 becomes the BIGINT 4294967295. Set Flink's"
                    + " 'restart-strategy.type' = 'none' and start the pipeline from its last checkpoint after a"
                    + " failure, or take Flink CDC 3.3 or later");
    }

    /** Types are checked with the values, so that all mistakes are told at once. */
    private static Set<ConfigOption<?>> texts(List<String> names) {
        Set<ConfigOption<?>> options = new HashSet<>();
        names.forEach(name -> options.add(ConfigOptions.key(name).stringType().noDefaultValue()));
        return options;
    }
}
