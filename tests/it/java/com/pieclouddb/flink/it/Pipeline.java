package com.pieclouddb.flink.it;

import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.composer.definition.PipelineDef;
import org.apache.flink.cdc.composer.definition.SinkDef;
import org.apache.flink.cdc.composer.definition.SourceDef;
import org.apache.flink.cdc.composer.flink.FlinkPipelineComposer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A pipeline of Flink CDC in a MiniCluster, composed by Flink CDC itself. */
final class Pipeline {

    private Pipeline() {}

    /**
     * Starts the events of {@link PipelineEvents}, which fail when the gate tells them to.
     *
     * @param tables for each partition
     */
    static Job start(Job job, int tables, String gate, Map<String, String> sink, Map<String, String> pipeline)
            throws Exception {
        String name = UUID.randomUUID().toString();
        PipelineSource.SOURCES.put(
                name,
                ChangelogSource.of(new PipelineEvents(tables))
                        .overCheckpoints(4)
                        .heldAt(gate, PipelineEvents.CHANGES * tables / 2));
        StreamExecutionEnvironment env = job.environment(PipelineEvents.PARTITIONS);
        // It has a constructor for its own tests and the command line only.
        Constructor<FlinkPipelineComposer> composer =
                FlinkPipelineComposer.class.getDeclaredConstructor(StreamExecutionEnvironment.class, boolean.class);
        composer.setAccessible(true);
        composer.newInstance(env, false)
                .compose(new PipelineDef(
                        new SourceDef("partitions", null, Configuration.fromMap(Map.of("from", name))),
                        new SinkDef("pieclouddb", null, Configuration.fromMap(sink)),
                        List.of(),
                        List.of(),
                        List.of(),
                        Configuration.fromMap(pipeline)));
        return job.start(env);
    }

    /** The rows of all tables in the end. */
    static Map<String, List<String>> expected(int tables, String ofOldRows) {
        return new PipelineEvents(tables).expected(ofOldRows);
    }
}
