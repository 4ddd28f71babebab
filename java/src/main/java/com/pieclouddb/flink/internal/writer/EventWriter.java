package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.metrics.SinkMetric;
import com.pieclouddb.flink.internal.row.RowBound;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.flink.metrics.Counter;

/**
 * The writer of a stream that somebody else has routed, tables' definitions and rows in one: a pipeline's.
 *
 * <p>A table opens with its first row. Promises that rows of two forms of a table are never in one transaction of it:
 * when its form changes, all that came before becomes durable first. What the native half reads alike is one form. All
 * else is {@link LoadWriter}'s.
 *
 * @param <T> the stream's type
 */
@Internal
public final class EventWriter<T> extends LoadWriter<T> implements EventReader.Tables {

    private final EventReader<T> reader;
    private final RowBound bound;
    private final Counter rowsSkipped;
    private final Map<TableId, Integer> numbers = new HashMap<>();
    private final List<Target> targets = new ArrayList<>();

    public EventWriter(
            WriterSetup setup,
            EventReader<T> reader,
            WriterContext context,
            Collection<WriterState> recovered,
            LoadSession.Opener sessions)
            throws IOException {
        super(setup, context, recovered, sessions);
        this.reader = reader;
        bound = new RowBound(setup.settings());
        rowsSkipped = SinkMetric.ROWS_SKIPPED.counter(context.metrics());
    }

    @Override
    public void write(T event, Context context) throws IOException, InterruptedException {
        reader.read(event, this);
    }

    @Override
    public int define(TableId target, String spec) throws PieCloudDBException {
        Integer number = numbers.get(target);
        if (number == null) {
            number = targets.size();
            numbers.put(target, number);
            targets.add(new Target(target));
        }
        Target defined = targets.get(number);
        String form = tableForm(spec);
        if (!form.equals(defined.form)) {
            defined.spec = spec;
            defined.form = form;
        }
        return number;
    }

    @Override
    public void row(int table, RowImage image) throws PieCloudDBException, InterruptedException {
        Target target = targets.get(table);
        // The same instance for as long as the form is the same.
        if (target.open.form != target.form) {
            open(target.open, target.spec, target.form);
        }
        if (bound.isExceededBy(image.size())) {
            throw bound.refusal(target.open.id.toString(), image.size(), null);
        }
        accept(target.open.number, image);
    }

    @Override
    public void leftOut() {
        rowsSkipped.inc();
    }

    /** A table as it is defined, and as the session has it open. */
    private static final class Target {

        private final OpenTable open;
        private String spec;
        private String form;

        Target(TableId id) {
            open = new OpenTable(id);
        }
    }
}
