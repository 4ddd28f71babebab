package com.pieclouddb.flink.internal.legacy;

import org.apache.flink.api.connector.sink2.StatefulSink;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.PieCloudDBWriter;
import com.pieclouddb.flink.internal.SinkPlan;
import com.pieclouddb.flink.internal.WriterContext;
import com.pieclouddb.flink.internal.WriterState;
import com.pieclouddb.flink.internal.nativelib.NativeSession;

import java.io.IOException;
import java.util.Collection;

/**
 * The writer under the interface name that Flink 1.18 asks for; everything it does is {@link PieCloudDBWriter}'s.
 *
 * @param <T> the stream's type
 */
final class LegacyWriter<T> extends PieCloudDBWriter<T> implements StatefulSink.StatefulSinkWriter<T, WriterState> {

    LegacyWriter(SinkPlan<T> plan, WriterContext context, Collection<WriterState> recovered) throws IOException {
        super(plan, context, recovered, spec -> NativeSession.open(
                spec, plan.settings().find(PieCloudDBOptions.NATIVE_LIBRARY_DIRECTORY).orElse(null)));
    }
}
