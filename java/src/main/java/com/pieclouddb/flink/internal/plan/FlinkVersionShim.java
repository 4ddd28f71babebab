package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBSink;
import org.apache.flink.annotation.Internal;

/**
 * Chooses the shape of the sink that the running line of Flink understands: the one place that names such a shape.
 *
 * <p>Both are named as texts. A class that names a shape is verified with it, and so with what the other generation of
 * Flink lacks.
 */
@Internal
public final class FlinkVersionShim {

    private static final String FLINK_1 = "com.pieclouddb.flink.internal.flink1.Flink1Sink";
    private static final String FLINK_2 = "com.pieclouddb.flink.internal.flink2.Flink2Sink";

    /** Of the shape of Flink 2: exists since Flink 1.19. */
    private static final String SINCE_1_19 = "org.apache.flink.api.connector.sink2.SupportsWriterState";

    /**
     * How Flink 1 runs sinks of its first interface: gone with that interface in Flink 2. Unlike the interfaces of
     * Flink 1 that connectors implement, Flink CDC has no copy of it.
     */
    private static final String BEFORE_2_0 = "org.apache.flink.streaming.api.transformations.SinkV1Adapter";

    private FlinkVersionShim() {}

    /** Whether the running Flink is of generation 2. */
    public static boolean isFlink2() {
        return shape(FlinkVersionShim.class.getClassLoader()).equals(FLINK_2);
    }

    @SuppressWarnings("unchecked")
    public static <T> PieCloudDBSink<T> create(SinkPlan<T> plan) {
        ClassLoader flink = FlinkVersionShim.class.getClassLoader();
        try {
            return (PieCloudDBSink<T>) Class.forName(shape(flink), true, flink)
                    .getConstructor(SinkPlan.class)
                    .newInstance(plan);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This Flink does not know any shape of the pieclouddb sink", e);
        }
    }

    /** The class of the shape for the Flink that the loader sees. */
    static String shape(ClassLoader flink) {
        return has(flink, SINCE_1_19) && !has(flink, BEFORE_2_0) ? FLINK_2 : FLINK_1;
    }

    private static boolean has(ClassLoader flink, String type) {
        try {
            Class.forName(type, false, flink);
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }
}
