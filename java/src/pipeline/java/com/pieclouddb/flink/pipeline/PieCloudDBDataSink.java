package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.internal.plan.FlinkVersionShim;
import com.pieclouddb.flink.internal.plan.PipelinePlan;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.time.Duration;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.function.HashFunctionProvider;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.cdc.common.sink.EventSinkProvider;
import org.apache.flink.cdc.common.sink.FlinkSinkProvider;
import org.apache.flink.cdc.common.sink.MetadataApplier;

/** What a pipeline needs of its sink: writers, who follows the schemas, and which writer gets which row. */
final class PieCloudDBDataSink implements DataSink {

    private final SinkSettings settings;
    private final Duration lockTimeout;

    PieCloudDBDataSink(SinkSettings settings, Duration lockTimeout) {
        this.settings = settings;
        this.lockTimeout = lockTimeout;
    }

    @Override
    public EventSinkProvider getEventSinkProvider() {
        SinkSettings own = settings;
        PipelinePlan<Event> plan = new PipelinePlan<>(own, () -> new CdcEventReader(own));
        return FlinkSinkProvider.of(FlinkVersionShim.create(plan));
    }

    @Override
    public MetadataApplier getMetadataApplier() {
        return new TargetApplier(settings, lockTimeout);
    }

    @Override
    public HashFunctionProvider<DataChangeEvent> getDataChangeEventHashFunctionProvider() {
        return new SlotHash(settings);
    }
}
