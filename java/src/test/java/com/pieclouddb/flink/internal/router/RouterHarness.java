package com.pieclouddb.flink.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.internal.metrics.RecordingMetrics;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** A router of any kind outside of Flink: records in, copies of its messages out, and its state as bytes. */
final class RouterHarness<T> {

    final List<ShuffleRecord> messages = new ArrayList<>();
    final RecordingMetrics metrics = new RecordingMetrics();

    private final ProcessFunction<T, ShuffleRecord> router;
    private final List<byte[]> state;

    /** A router after a restart, from the states of all routers before it. */
    RouterHarness(ProcessFunction<T, ShuffleRecord> router, List<byte[]> state) throws Exception {
        this.router = router;
        this.state = new ArrayList<>(state);
        router.setRuntimeContext(answering(
                RuntimeContext.class,
                (method, arguments) -> method.equals("getMetricGroup")
                        ? metrics.operator()
                        : getClass().getClassLoader()));
        ListState<?> list = answering(ListState.class, (method, arguments) -> {
            if (method.equals("update")) {
                this.state.clear();
                ((List<?>) arguments[0]).forEach(bytes -> this.state.add((byte[]) bytes));
            }
            return this.state;
        });
        OperatorStateStore store = answering(OperatorStateStore.class, (method, arguments) -> {
            if (!method.equals("getUnionListState")) {
                throw new AssertionError("every router must know every table, so no " + method);
            }
            return list;
        });
        checkpointed().initializeState(answering(FunctionInitializationContext.class, (method, arguments) -> store));
    }

    void feed(T record) throws Exception {
        router.processElement(record, null, new Collector<>() {
            @Override
            public void collect(ShuffleRecord message) {
                messages.add(message.copy());
            }

            @Override
            public void close() {}
        });
    }

    List<byte[]> snapshot() throws Exception {
        checkpointed().snapshotState(null);
        return List.copyOf(state);
    }

    void close() throws Exception {
        router.close();
    }

    List<ShuffleRecord> rows() {
        return messages.stream().filter(ShuffleRecord::isRow).collect(Collectors.toList());
    }

    List<ShuffleRecord> tables() {
        return messages.stream().filter(message -> !message.isRow()).collect(Collectors.toList());
    }

    void assertEverySlotKnowsItsRows() {
        Map<Integer, Set<Integer>> known = new HashMap<>();
        for (ShuffleRecord message : messages) {
            Set<Integer> numbers = known.computeIfAbsent(message.slot(), slot -> new HashSet<>());
            if (message.isRow()) {
                assertThat(numbers)
                        .as("numbers that slot %d was told", message.slot())
                        .contains(message.number());
            } else {
                numbers.add(message.number());
            }
        }
    }

    private CheckpointedFunction checkpointed() {
        return (CheckpointedFunction) router;
    }

    private static <I> I answering(Class<I> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }

    /** What a stand-in gives back. */
    @FunctionalInterface
    private interface Answer {
        Object to(String method, Object[] arguments);
    }
}
