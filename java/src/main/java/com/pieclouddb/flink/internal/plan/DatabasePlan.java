package com.pieclouddb.flink.internal.plan;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.router.ChangeRouter;
import com.pieclouddb.flink.internal.router.DebeziumRouter;
import com.pieclouddb.flink.internal.router.DebeziumStream;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import com.pieclouddb.flink.internal.writer.DatabaseWriter;
import com.pieclouddb.flink.internal.writer.LoadWriter;
import com.pieclouddb.flink.internal.writer.WriterContext;
import com.pieclouddb.flink.internal.writer.WriterState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.table.api.ValidationException;

/**
 * A sink into the tables that its stream names: settings, and the router that makes its messages.
 *
 * <p>Tables are not known when the job is planned, so what they need is checked when they come.
 *
 * @param <T> the stream's type
 */
@Internal
public final class DatabasePlan<T> extends SinkPlan<T> {

    private static final long serialVersionUID = 1L;

    private final ProcessFunction<T, ShuffleRecord> router;

    private DatabasePlan(SinkSettings settings, ProcessFunction<T, ShuffleRecord> router, List<String> problems) {
        super(settings);
        this.router = router;
        List<String> all = new ArrayList<>(problems);
        KeySlots.parallelismProblem(settings, routesByKey()).ifPresent(all::add);
        if (!all.isEmpty()) {
            throw new ValidationException(
                    "The pieclouddb sink of " + settings + " cannot be planned:\n  " + String.join("\n  ", all));
        }
    }

    /**
     * Checks what can be known without a server and without a record.
     *
     * @param settings the options
     * @param converter from the stream's type to changes of tables
     * @return the plan
     */
    public static <T> DatabasePlan<T> of(SinkSettings settings, TableChangeConverter<T> converter) {
        return new DatabasePlan<>(settings, new ChangeRouter<>(converter, settings), List.of());
    }

    /**
     * The same for a stream of Debezium's JSON.
     *
     * @param settings the options
     * @param stream what its records are
     * @return the plan
     */
    public static <T> DatabasePlan<T> of(SinkSettings settings, DebeziumStream<T> stream) {
        return new DatabasePlan<>(settings, new DebeziumRouter<>(stream, settings), stream.problems(settings));
    }

    /**
     * Flink's types say that a sink's writers take what the sink takes, but ours take what the routers make of it. The
     * two casts here stand for each other: the writers get what this method returns and nothing else, with the
     * serialiser of its real type, and no code between looks at the type parameter, which is gone at run time.
     */
    @Override
    @SuppressWarnings("unchecked")
    DataStream<T> route(DataStream<T> in) {
        return (DataStream<T>) (DataStream<?>) DatabaseTopology.apply(router, uid(), in);
    }

    /** See {@link #route}. */
    @Override
    @SuppressWarnings("unchecked")
    public LoadWriter<T> openWriter(
            WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions) throws IOException {
        return (LoadWriter<T>) (LoadWriter<?>) new DatabaseWriter(setup(), context, recovered, sessions);
    }

    /** Tables without a key go anywhere, but a table with one may come at any time. */
    @Override
    public boolean routesByKey() {
        return settings().find(PieCloudDBOptions.LOAD_MODE).orElse(LoadMode.MERGE) == LoadMode.MERGE;
    }

    @Override
    public int connections() {
        return settings().get(PieCloudDBOptions.CONNECTION_POOL_MAX_SIZE);
    }

    public ProcessFunction<T, ShuffleRecord> router() {
        return router;
    }
}
