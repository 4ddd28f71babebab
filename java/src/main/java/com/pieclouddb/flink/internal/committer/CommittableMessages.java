package com.pieclouddb.flink.internal.committer;

import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;

import java.lang.reflect.Constructor;

/**
 * Makes the two messages of a committable for the running line of Flink.
 *
 * <p>Their constructors take the checkpoint's id as {@code Long} in Flink 1.18 and as {@code long} since 1.19, so code
 * that is compiled against one does not link on the other; called by reflection it is the same.
 */
final class CommittableMessages {

    private static final Constructor<?> SUMMARY = CommittableSummary.class.getConstructors()[0];
    private static final Constructor<?> COMMITTABLE = CommittableWithLineage.class.getConstructors()[0];

    private CommittableMessages() {}

    /** One committable follows, from a sender that has sent none for this checkpoint. */
    static <C> CommittableMessage<C> summary(int sender, long checkpointId) {
        return make(SUMMARY, sender, 1, checkpointId, 1, 1, 0);
    }

    static <C> CommittableMessage<C> committable(C committable, int sender, long checkpointId) {
        return make(COMMITTABLE, committable, checkpointId, sender);
    }

    @SuppressWarnings("unchecked")
    private static <C> CommittableMessage<C> make(Constructor<?> constructor, Object... arguments) {
        try {
            return (CommittableMessage<C>) constructor.newInstance(arguments);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new IllegalStateException("This Flink's " + constructor.getDeclaringClass().getSimpleName()
                    + " is not one that the pieclouddb sink knows", e);
        }
    }
}
