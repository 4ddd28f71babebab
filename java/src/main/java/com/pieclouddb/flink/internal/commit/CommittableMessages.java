package com.pieclouddb.flink.internal.commit;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;

/**
 * Makes the two messages of a committable for the running line of Flink.
 *
 * <p>Their constructors take the checkpoint's id as {@code Long} in Flink 1.18 and as {@code long} since 1.19, so code
 * that is compiled against one does not link on the other; called by reflection it is the same. Flink 2 has a second
 * one for the summary, so they are told apart by how many parameters they have.
 */
final class CommittableMessages {

    private static final Constructor<?> SUMMARY = constructor(CommittableSummary.class, 6);
    private static final Constructor<?> COMMITTABLE = constructor(CommittableWithLineage.class, 3);

    private CommittableMessages() {}

    /** One committable follows, from a sender that has sent none for this checkpoint. */
    static <C> CommittableMessage<C> summary(int sender, long checkpointId) {
        return make(SUMMARY, sender, 1, checkpointId, 1, 1, 0);
    }

    static <C> CommittableMessage<C> committable(C committable, int sender, long checkpointId) {
        return make(COMMITTABLE, committable, checkpointId, sender);
    }

    private static Constructor<?> constructor(Class<?> message, int parameters) {
        return Arrays.stream(message.getConstructors())
                .filter(found -> found.getParameterCount() == parameters)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(unknown(message)));
    }

    @SuppressWarnings("unchecked")
    private static <C> CommittableMessage<C> make(Constructor<?> constructor, Object... arguments) {
        try {
            return (CommittableMessage<C>) constructor.newInstance(arguments);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new IllegalStateException(unknown(constructor.getDeclaringClass()), e);
        }
    }

    private static String unknown(Class<?> message) {
        return "This Flink's " + message.getSimpleName() + " is not one that the pieclouddb sink knows";
    }
}
