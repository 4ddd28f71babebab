package com.pieclouddb.flink.internal.commit;

import java.lang.reflect.Method;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/**
 * How the job runs that a task belongs to, asked of the running line of Flink.
 *
 * <p>Up to Flink 2.1 the task's context tells whether there are checkpoints, since 2.2 a function of the job's
 * configuration does; each line has only one of the two, so it is called by reflection.
 */
final class RunningJob {

    private static final Method QUESTION = question();

    private RunningJob() {}

    static boolean takesCheckpoints(StreamingRuntimeContext context, Configuration job) {
        try {
            return (boolean)
                    (QUESTION.getParameterCount() == 0 ? QUESTION.invoke(context) : QUESTION.invoke(null, job));
        } catch (ReflectiveOperationException e) {
            throw unknown(e);
        }
    }

    private static Method question() {
        String name = "isCheckpointingEnabled";
        try {
            return StreamingRuntimeContext.class.getMethod(name);
        } catch (NoSuchMethodException since22) {
            try {
                return CheckpointingOptions.class.getMethod(name, Configuration.class);
            } catch (NoSuchMethodException e) {
                throw unknown(e);
            }
        }
    }

    private static IllegalStateException unknown(ReflectiveOperationException cause) {
        return new IllegalStateException("This Flink does not tell whether a job takes checkpoints", cause);
    }
}
