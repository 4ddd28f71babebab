package com.pieclouddb.flink.it;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.cdc.common.configuration.ConfigOption;
import org.apache.flink.cdc.common.configuration.ConfigOptions;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.factories.DataSourceFactory;
import org.apache.flink.cdc.common.source.DataSource;
import org.apache.flink.cdc.common.source.EventSourceProvider;
import org.apache.flink.cdc.common.source.FlinkSourceProvider;
import org.apache.flink.cdc.common.source.MetadataAccessor;

/**
 * {@code type: partitions} in a pipeline: the events of a {@link ChangelogSource} that a test has put here by a name.
 */
public final class PipelineSource implements DataSourceFactory {

    static final Map<String, ChangelogSource<Event>> SOURCES = new ConcurrentHashMap<>();

    private static final ConfigOption<String> NAME =
            ConfigOptions.key("from").stringType().noDefaultValue();

    @Override
    public String identifier() {
        return "partitions";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(NAME);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DataSource createDataSource(Context context) {
        ChangelogSource<Event> source =
                SOURCES.get(context.getFactoryConfiguration().get(NAME));
        return new DataSource() {
            @Override
            public EventSourceProvider getEventSourceProvider() {
                return FlinkSourceProvider.of(source);
            }

            @Override
            public MetadataAccessor getMetadataAccessor() {
                throw new UnsupportedOperationException("nobody asks for it");
            }
        };
    }
}
