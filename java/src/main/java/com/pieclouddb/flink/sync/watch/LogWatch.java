package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.handles.LogHandles;
import com.pieclouddb.flink.sync.handles.RecordHandles;
import com.pieclouddb.flink.sync.model.CompressedColumns;
import com.pieclouddb.flink.sync.model.EventColumn;
import com.pieclouddb.flink.sync.model.ModelColumn;
import com.pieclouddb.flink.sync.model.TableMapFit;
import com.pieclouddb.flink.sync.mysql.HiddenColumns;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Hears every event of the log before Flink CDC does, in the client's thread, and finds the first that CDC would drop
 * or misread.
 *
 * <p>Promises that rows of a followed table reach CDC only after what the server says of their columns was compared
 * with the definition that CDC reads them by, and that nothing behind a verdict reaches it: the client's other
 * listeners are taken away. A table is compared once for each form that the server or the definition has of it. While a
 * piece of the snapshot is read the model has that piece's table alone, so others are passed over, and the reader looks
 * at the verdict itself. Once CDC has said that the piece is read it hears nothing more: it would fill a queue that
 * nobody empties, and then wait for ever to be closed.
 */
final class LogWatch implements InvocationHandler {

    /** One entry for a table's number; the server gives new ones with each file of its log at the latest. */
    private static final int MOST_NUMBERS = 100_000;

    /** More that wait at once are taken for harmful ones. */
    private static final int MOST_XIDS = 10_000;

    private static final String UNKNOWN = "Flink CDC knows no definition of it";

    private final LogHandles handles;
    private final RecordHandles records;
    private final Object context;
    private final boolean ofSnapshot;

    /** Null for the reader of the log. */
    private final Piece piece;

    private final Map<Integer, String> charsets;
    private final HiddenColumns hidden;

    /** Null for a piece of the snapshot. */
    private final CatalogCheck catalog;

    private final TypeAliases spelling;
    private final Map<Long, MappedTable> seen = new HashMap<>();

    /** Followed tables of which rows stand in the present transaction. */
    private final Set<SourceName> written = new LinkedHashSet<>();

    private String xid;

    /** XA transactions that wait for their end, without rows of followed tables. */
    private final Set<String> harmlessXids = new HashSet<>();

    private final ChangeWarnings warnings;

    /** Null before the first event. */
    private CompressedColumns compressed;

    private volatile Verdict verdict;

    /** The event that is read at the moment, by the client's thread; null before the first. */
    private Object heard;

    /**
     * The watch of one reader.
     *
     * @param piece null for the reader of the log
     * @param catalog null for a piece of the snapshot
     */
    LogWatch(
            LogHandles handles,
            RecordHandles records,
            Object context,
            Piece piece,
            CatalogCheck catalog,
            TypeAliases spelling,
            Map<Integer, String> charsets,
            HiddenColumns hidden) {
        this.handles = handles;
        this.records = records;
        this.context = context;
        this.piece = piece;
        this.catalog = catalog;
        this.spelling = spelling;
        ofSnapshot = catalog == null;
        this.charsets = charsets;
        this.hidden = hidden;
        warnings = new ChangeWarnings(handles, context);
    }

    /** Null while all is well. */
    Verdict verdict() {
        return verdict;
    }

    Object context() {
        return context;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        switch (method.getName()) {
            case "onEvent":
                onEvent(proxy, args[0]);
                return null;
            case "equals":
                return proxy == args[0];
            case "hashCode":
                return System.identityHashCode(proxy);
            default:
                return "the watch of the log";
        }
    }

    /**
     * Takes note of a row of the present event, or of the snapshot, that cannot be read, and lets nothing behind it be
     * read.
     *
     * @return what whoever reads it ends with; what it has read before stays
     */
    RuntimeException endAtRow(String reason) {
        try {
            Verdict found =
                    heard == null ? Verdict.ofSnapshot(reason) : Verdict.at(handles.place(context, heard), reason);
            FlinkRuntimeException ends = new FlinkRuntimeException(found.message());
            if (!ofSnapshot) {
                handles.silence(context, null);
                records.keepError(context, ends);
            }
            verdict = found;
            return ends;
        } catch (Throwable e) {
            throw new FlinkRuntimeException(reason, e);
        }
    }

    private void onEvent(Object proxy, Object event) throws Throwable {
        if (verdict != null) {
            return;
        }
        heard = event;
        if (piece != null && piece.isRead()) {
            handles.silence(context, proxy);
            handles.rows().takeAway(event);
            return;
        }
        Verdict found;
        try {
            found = judge(event);
        } catch (Throwable e) {
            // The client swallows what a listener throws.
            found = Verdict.at(handles.place(context, event), "the watch itself failed with " + e);
        }
        if (found != null) {
            if (!ofSnapshot) {
                handles.silence(context, proxy);
            }
            verdict = found;
        }
    }

    private Verdict judge(Object event) throws Throwable {
        switch (handles.kind(event)) {
            case TABLE_MAP:
                return judgeTable(event);
            case ROWS:
                return judgeRows(event);
            case QUERY:
                return judgeStatement(event);
            case COMMIT:
                written.clear();
                return null;
            case PREPARE:
                if (written.isEmpty() && xid != null && harmlessXids.size() < MOST_XIDS) {
                    harmlessXids.add(xid);
                }
                written.clear();
                xid = null;
                return null;
            case NEW_FILE:
                seen.clear();
                // The first events of a client, and by then it has what reads them.
                compressed = handles.readCompressed(context);
                return null;
            case UNREAD:
                return handles.isIgnorable(event)
                        ? null
                        : Verdict.at(
                                handles.place(context, event),
                                "an event of type "
                                        + handles.typeName(event)
                                        + " stands there, which Flink CDC drops: compressed or partial rows, a"
                                        + " compressed statement or a new kind of event");
            case LOAD:
                return judgeLoad(event);
            case INCIDENT:
                return handles.isUnreadable(event)
                        ? null
                        : Verdict.at(
                                handles.place(context, event),
                                "the server says that changes are missing there (INCIDENT)");
            default:
                return null;
        }
    }

    private Verdict judgeTable(Object event) throws Throwable {
        Long number = handles.tableNumber(event);
        MappedTable table = seen.get(number);
        if (table == null) {
            SourceName name = handles.tableName(event);
            Object id = handles.tableId(name);
            if (seen.size() == MOST_NUMBERS) {
                seen.clear();
            }
            table = new MappedTable(name, id, handles.isFollowed(context, id));
            seen.put(number, table);
        }
        if (!table.isFollowed) {
            return null;
        }
        written.add(table.name);
        if (compressed != null && compressed.has(number)) {
            return Verdict.at(
                    handles.place(context, event),
                    "rows of table '" + table.name
                            + "' have a COMPRESSED or VECTOR column, which Flink CDC cannot read");
        }
        Object model = handles.table(context, table.id);
        if (model != null && model == table.compared) {
            return null;
        }
        if (model == null && !ofSnapshot && hidden.isSequence(table.name)) {
            seen.put(number, new MappedTable(table.name, table.id, false));
            return null;
        }
        if (ofSnapshot && model == null) {
            return null;
        }
        List<EventColumn> columns = handles.eventColumns(event, charsets);
        table.columns = columns.size();
        if (!ofSnapshot) {
            model = spelling.of(context, model, columns);
        }
        SourceName name = table.name;
        CatalogCheck.Fit fit =
                of -> of == null ? Optional.of(UNKNOWN) : difference(name, handles.modelColumns(of), columns);
        Optional<String> difference = fit.difference(model);
        if (!ofSnapshot && (difference.isPresent() || !columns.stream().allMatch(EventColumn::isTold))) {
            difference = catalog.beforeRows(event, table.id, name, difference, fit);
        }
        boolean isDoubtful = !ofSnapshot && catalog.isDoubtful(table.id);
        if (difference.isPresent()) {
            String reason = "rows of table '" + name + "' cannot be read: " + difference.get();
            LogPosition place = handles.place(context, event);
            return isDoubtful ? Verdict.tookBack(place, reason) : Verdict.at(place, reason);
        }
        // What could not be compared is asked for again.
        table.compared = isDoubtful ? null : handles.table(context, table.id);
        return null;
    }

    /** A session may set what the server was asked for before the start. */
    private Verdict judgeRows(Object event) throws Throwable {
        MappedTable table = seen.get(handles.rows().tableNumber(event));
        if (table == null || table.columns == 0) {
            return null;
        }
        int present = handles.rows().columns(event);
        if (present == table.columns) {
            return null;
        }
        // The client goes through the listeners that were there when the event came: this event reaches them all.
        handles.rows().takeAway(event);
        return Verdict.at(
                handles.place(context, event),
                "rows of table '" + table.name + "' have " + present + " of its " + table.columns
                        + " columns: a session wrote them with another binlog_row_image than FULL");
    }

    private Optional<String> difference(SourceName name, List<ModelColumn> model, List<EventColumn> event)
            throws Throwable {
        int extra = TableMapFit.mayBeHidden(model, event);
        return TableMapFit.difference(model, event, extra > 0 && extra == hidden.of(name, model.size()) ? extra : 0);
    }

    private Verdict judgeStatement(Object event) throws Throwable {
        String sql = handles.sql(event);
        StatementText statement = new StatementText(sql);
        switch (statement.kind()) {
            case BEGIN:
            case COMMIT:
                written.clear();
                return null;
            case XA_START:
                written.clear();
                xid = statement.xid();
                return null;
            case XA_COMMIT:
                harmlessXids.remove(statement.xid());
                return null;
            case XA_ROLLBACK:
                return harmlessXids.remove(statement.xid())
                        ? null
                        : Verdict.tookBack(
                                handles.place(context, event),
                                "XA ROLLBACK takes rows back that were told with XA PREPARE");
            case ROLLBACK:
                return written.isEmpty()
                        ? null
                        : Verdict.tookBack(
                                handles.place(context, event),
                                "ROLLBACK takes rows back that stand in front of it, of tables " + quoted(written));
            case ROWS:
                return concerns(statement, event, this::hasFollowedTable)
                        ? byStatement(event, handles.defaultDatabase(event))
                        : null;
            default:
                if (!ofSnapshot) {
                    warnings.tell(statement.text(), handles.defaultDatabase(event));
                }
                if (catalog != null && statement.mayDefine() && concerns(statement, event, this::isFollowedDatabase)) {
                    return catalog.hearStatement(event).orElse(null);
                }
                return null;
        }
    }

    /** LOAD DATA by statement: the client does not read the event, so the server is asked for its words. */
    private Verdict judgeLoad(Object event) throws Throwable {
        if (ofSnapshot) {
            // Of one table only, and no connection to ask by.
            return byStatement(event, null);
        }
        LogStatement statement = catalog.statementAt(handles.place(context, event));
        return new StatementText(statement.text())
                        .concerns(statement.database(), this::hasFollowedTable, handles.databases(context))
                ? byStatement(event, statement.database())
                : null;
    }

    private Verdict byStatement(Object event, String database) throws Throwable {
        return Verdict.at(handles.place(context, event), RowsByStatement.reason(database));
    }

    private boolean concerns(StatementText statement, Object event, Predicate<String> isFollowed) throws Throwable {
        return statement.concerns(handles.defaultDatabase(event), isFollowed, handles.databases(context));
    }

    /** A database whose tables are all left out is nobody's, so that leaving them out is a way on. */
    private boolean hasFollowedTable(String database) {
        try {
            return isFollowedDatabase(database)
                    && (ofSnapshot || handles.databases(context).contains(database) || catalog.hasFollowed(database));
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static String quoted(Set<SourceName> names) {
        return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }

    private boolean isFollowedDatabase(String name) {
        try {
            return handles.isFollowedDatabase(context, name);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A piece of the snapshot while the log is read that belongs to it. */
    @FunctionalInterface
    interface Piece {
        boolean isRead() throws Throwable;
    }
}
