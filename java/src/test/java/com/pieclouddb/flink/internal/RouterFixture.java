package com.pieclouddb.flink.internal;

import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.util.Collector;

import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A router outside of Flink: lists of changes in, copies of its messages out, and its state as bytes. */
final class RouterFixture {

    /** Records are lists of changes. */
    static final TableChangeConverter<List<TableChange>> CONVERTER = (changes, out) -> changes.forEach(out);

    final List<RoutedChange> messages = new ArrayList<>();
    final RecordingMetrics metrics = new RecordingMetrics();

    private final Router<List<TableChange>> router;
    private final List<byte[]> state;

    private RouterFixture(Router<List<TableChange>> router, List<byte[]> state) throws Exception {
        this.router = router;
        this.state = new ArrayList<>(state);
        router.setRuntimeContext(answering(RuntimeContext.class, (method, arguments) ->
                method.equals("getMetricGroup") ? metrics.operator() : getClass().getClassLoader()));
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
        router.initializeState(answering(FunctionInitializationContext.class, (method, arguments) -> store));
    }

    static RouterFixture start(String... options) throws Exception {
        return restore(List.of(), options);
    }

    /** A router after a restart, from the states of all routers before it. */
    static RouterFixture restore(List<byte[]> states, String... options) throws Exception {
        return with(CONVERTER, states, options);
    }

    static RouterFixture with(
            TableChangeConverter<List<TableChange>> converter, List<byte[]> states, String... options) throws Exception {
        return new RouterFixture(new Router<>(converter, Plans.databaseSettings(options)), states);
    }

    /** One record with these changes. */
    RouterFixture feed(TableChange... changes) throws Exception {
        router.processElement(Arrays.asList(changes), null, new Collector<>() {
            @Override
            public void collect(RoutedChange message) {
                messages.add(message.copy());
            }

            @Override
            public void close() {}
        });
        return this;
    }

    List<byte[]> snapshot() throws Exception {
        router.snapshotState(null);
        return List.copyOf(state);
    }

    private static <I> I answering(Class<I> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }

    /** What a stand-in gives back. */
    @FunctionalInterface
    private interface Answer {
        Object to(String method, Object[] arguments);
    }
}
