package com.pieclouddb.flink.internal.commit;

import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.jni.RecordingSession;
import com.pieclouddb.flink.internal.plan.SinkPlan;
import java.util.UUID;

/** Shares of a sink without a server, for tests outside of this package. */
public final class Staged {

    public static final UUID SINK = UUID.randomUUID();

    private Staged() {}

    public static Committable share() {
        return Committable.of(SINK, new byte[] {1});
    }

    public static int shares(Committable committable) {
        return committable.shares().size();
    }

    /** A plan of an exactly-once sink. */
    public static SinkPlan<?> plan() {
        return Plans.merge("sink.delivery-guarantee", "exactly-once");
    }

    public static RecordingSession session() {
        return new RecordingSession();
    }
}
