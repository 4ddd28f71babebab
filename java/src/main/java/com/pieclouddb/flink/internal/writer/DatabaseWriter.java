package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.annotation.Internal;

/**
 * The writer of the database mode: rows of any tables in, each already an image, with a router's number for its table.
 *
 * <p>A table opens with its first row, or when its router says so. Promises that rows of two forms of a table are never
 * in one transaction of it: when a row's form differs from the open one, all that came before becomes durable first.
 * What the native half reads alike is one form: shards whose comments differ cost nothing. A number that no router has
 * explained ends the attempt, since its rows could be any table's. All else is {@link LoadWriter}'s.
 */
@Internal
public final class DatabaseWriter extends LoadWriter<ShuffleRecord> {

    /** By router and then by number. */
    private final Map<Long, RouterNumbers> routers = new HashMap<>();

    private final Map<TableId, OpenTable> targets = new HashMap<>();

    /** One form of each text, however many routers sent it. */
    private final Map<String, String> forms = new HashMap<>();

    /** One instance of each form: comparing it for each row costs nothing. */
    private final Map<String, String> instances = new HashMap<>();

    /** The meaning of the last row's number: rows of a table come in runs. */
    private OpenSchemaVersion last;

    public DatabaseWriter(
            WriterSetup setup, WriterContext context, Collection<WriterState> recovered, LoadSession.Opener sessions)
            throws IOException {
        super(setup, context, recovered, sessions);
    }

    @Override
    public void write(ShuffleRecord change, Context context) throws IOException, InterruptedException {
        if (!change.isRow()) {
            register(change);
            if (change.isOpening()) {
                opened(change);
            }
            return;
        }
        accept(opened(change).target.number, change.image());
    }

    /** Its table, open in its form. */
    private OpenSchemaVersion opened(ShuffleRecord change) throws PieCloudDBException, InterruptedException {
        if (last == null || last.number != change.number() || last.router != change.router()) {
            last = form(change);
        }
        if (!last.form.equals(last.target.form)) {
            open(last.target, last.spec, last.form);
        }
        return last;
    }

    private void register(ShuffleRecord change) throws IOException {
        RouterNumbers router = routers.computeIfAbsent(change.router(), name -> new RouterNumbers(change.routerId()));
        if (!router.id.equals(change.routerId())) {
            throw new PieCloudDBException(
                    PieCloudDBException.Kind.INTERNAL,
                    "two routers of the database mode drew the same name; a restart " + "draws new ones");
        }
        if (router.forms.containsKey(change.number())) {
            return;
        }
        TableId table = change.form().table();
        OpenTable target = targets.computeIfAbsent(table, OpenTable::new);
        // A router uses a source's older numbers no more once it has a new one.
        router.forms.remove(
                router.numbers.computeIfAbsent(table, t -> new HashMap<>()).put(change.source(), change.number()));
        router.forms.put(
                change.number(),
                new OpenSchemaVersion(change, target, formOf(change.form().spec())));
        last = null;
    }

    private String formOf(String spec) throws PieCloudDBException {
        String form = forms.get(spec);
        if (form == null) {
            form = instances.computeIfAbsent(tableForm(spec), f -> f);
            forms.put(spec, form);
        }
        return form;
    }

    private OpenSchemaVersion form(ShuffleRecord change) throws PieCloudDBException {
        RouterNumbers router = routers.get(change.router());
        OpenSchemaVersion form = router == null ? null : router.forms.get(change.number());
        if (form == null) {
            throw new PieCloudDBException(
                    PieCloudDBException.Kind.INTERNAL,
                    "a row came for table number " + change.number() + " of a router "
                            + "that has not said which table that is; a restart repeats the row");
        }
        return form;
    }

    /** What one router has explained. */
    private static final class RouterNumbers {

        private final UUID id;
        private final Map<Integer, OpenSchemaVersion> forms = new HashMap<>();

        /** By table, and by what its rows come from. */
        private final Map<TableId, Map<String, Integer>> numbers = new HashMap<>();

        RouterNumbers(UUID id) {
            this.id = id;
        }
    }

    /** A table in the form that a router's number stands for. */
    private static final class OpenSchemaVersion {

        private final long router;
        private final int number;
        private final OpenTable target;
        private final String spec;
        private final String form;

        OpenSchemaVersion(ShuffleRecord change, OpenTable target, String form) {
            router = change.router();
            number = change.number();
            this.target = target;
            spec = change.form().spec();
            this.form = form;
        }
    }
}
