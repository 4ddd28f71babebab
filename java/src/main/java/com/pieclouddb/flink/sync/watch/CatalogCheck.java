package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.handles.LogHandles;
import com.pieclouddb.flink.sync.handles.ParserHandles;
import com.pieclouddb.flink.sync.model.ModelColumn;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.tables.TableRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the definitions that Flink CDC reads rows by with the server's catalog, and makes them anew from it where
 * that is sure.
 *
 * <p>The catalog is ahead of the log. Promises that a definition counts as right only if the statements between its
 * place and the log's end make the server's of it, and is replaced only if none of them is about the table: then the
 * server's is that of the place. A statement that was misunderstood is replaced before CDC sees it, so that no wrong
 * definition reaches the sink.
 */
final class CatalogCheck {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogCheck.class);

    private final LogHandles log;
    private final ParserHandles parser;
    private final LiveTables live;
    private final Object binlogReader;
    private final Object context;

    /** What was found right, by Debezium's names of tables. */
    private final Map<Object, Object> right = new HashMap<>();

    /** Tables that could not be compared yet, while rows of them went on. */
    private final DoubtfulTables doubtful = new DoubtfulTables(System::nanoTime);

    CatalogCheck(LogHandles log, ParserHandles parser, LiveTables live, Object binlogReader, Object context) {
        this.log = log;
        this.parser = parser;
        this.live = live;
        this.binlogReader = binlogReader;
        this.context = context;
    }

    /**
     * Looks at a statement in front of Flink CDC, and gives it another where that is not what the server made of it.
     *
     * @return why the log is not read past it; empty where it is
     */
    Optional<Verdict> hearStatement(Object event) throws Throwable {
        LogStatement statement =
                new LogStatement(log.place(context, event), log.defaultDatabase(event), log.sql(event));
        Object before = parser.copy(context);
        Object behind = parser.copy(context);
        parser.apply(context, behind, statement.database(), statement.text());
        Map<Object, SourceName> concerned = concerned(statement, before, behind);
        if (concerned.isEmpty()) {
            return Optional.empty();
        }
        for (Map.Entry<Object, SourceName> table : concerned.entrySet()) {
            if (parser.table(behind, table.getKey()) != null
                    && isFollowed(table.getKey())
                    && live.hasUnreadName(table.getValue())) {
                return Optional.of(Verdict.at(
                        statement.place(),
                        "a statement makes table '" + table.getValue() + "': " + TableRule.UNREAD_NAME.reason()));
            }
        }
        right.keySet().removeAll(concerned.keySet());
        LiveTables.Answer answer = live.ask(concerned.values(), log.placeBehind(context, event));
        if (!answer.isKnown()) {
            return Optional.empty();
        }
        Object ends = goneThrough(behind, answer, concerned.values());
        Object real = real(before, concerned, answer);
        List<String> differences = new ArrayList<>();
        boolean isSure = true;
        for (Map.Entry<Object, SourceName> table : concerned.entrySet()) {
            Object id = table.getKey();
            // Of a later moment the case of names says nothing: the parser keeps the old one.
            String difference =
                    difference(parser.table(ends, id), parser.table(real, id), answer.isStill(table.getValue()));
            if (difference != null) {
                differences.add("'" + table.getValue() + "': " + difference);
            } else if (parser.table(behind, id) != null) {
                right.put(id, parser.table(behind, id));
            }
            boolean isReadable = answer.text(table.getValue()) == null || parser.table(real, id) != null;
            isSure &= isReadable && answer.isStill(table.getValue());
        }
        if (!differences.isEmpty() && isSure && doubtful.hasAny(concerned.keySet())) {
            return Optional.of(Verdict.tookBack(
                    statement.place(),
                    "rows in front of a statement were read by a definition that could not be compared then, and what"
                            + " the statement makes of it is not the server's: " + String.join("; ", differences)));
        }
        if (!differences.isEmpty() && isSure) {
            replace(event, concerned, answer, real);
            LOG.info(
                    "{}: Flink CDC misunderstands the statement; it is given the server's own definition of {}",
                    statement.place(),
                    String.join("; ", differences));
        }
        return Optional.empty();
    }

    /** Whether the server has a table in a database that is followed. */
    boolean hasFollowed(String database) throws Throwable {
        for (SourceName name : live.tables(database)) {
            if (log.isFollowed(context, log.tableId(name))) {
                return true;
            }
        }
        return false;
    }

    /** What the server shows of a statement whose event the client does not read. */
    LogStatement statementAt(LogPosition place) {
        return live.statementAt(place);
    }

    /** Tables that are others behind the statement, and followed ones that it names. */
    private Map<Object, SourceName> concerned(LogStatement statement, Object before, Object behind) throws Throwable {
        Map<Object, SourceName> concerned = new HashMap<>();
        Set<Object> all = new LinkedHashSet<>(parser.ids(before));
        all.addAll(parser.ids(behind));
        for (Object id : all) {
            SourceName name = parser.name(id);
            if (parser.table(before, id) != parser.table(behind, id)
                    || statement.mentions(name) && log.isFollowed(context, id)) {
                concerned.put(id, name);
            }
        }
        return concerned.keySet().stream().anyMatch(this::isFollowed) ? concerned : Map.of();
    }

    private boolean isFollowed(Object id) {
        try {
            return log.isFollowed(context, id);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** The last one takes the statement's place, and with it its offset. */
    private void replace(Object event, Map<Object, SourceName> concerned, LiveTables.Answer answer, Object real)
            throws Throwable {
        List<Object> order = new ArrayList<>(concerned.keySet());
        order.sort((a, b) ->
                Boolean.compare(answer.text(concerned.get(a)) != null, answer.text(concerned.get(b)) != null));
        for (int i = 0; i < order.size(); i++) {
            Object id = order.get(i);
            SourceName name = concerned.get(id);
            String text = answer.text(name);
            if (text == null) {
                text = "DROP TABLE IF EXISTS " + LiveTables.quoted(name.database()) + "."
                        + LiveTables.quoted(name.table());
            } else {
                parser.forget(context, id);
                right.put(id, parser.table(real, id));
            }
            if (i == order.size() - 1) {
                parser.replaceStatement(event, name.database(), text);
            } else {
                parser.tell(binlogReader, event, name.database(), text);
            }
        }
    }

    /**
     * Whether rows of a table are read right by the definition that is there at the end.
     *
     * @param misfit why the rows do not fit it
     * @param fit compares anew, once the definition is another one
     * @return empty where they are, else why not
     */
    Optional<String> beforeRows(Object event, Object id, SourceName name, Optional<String> misfit, Fit fit)
            throws Throwable {
        boolean isFirstLook = doubtful.isFirstLook(id);
        Object model = log.table(context, id);
        if (misfit.isEmpty() && difference(right.get(id), model, true) == null) {
            return found(id, model);
        }
        if (misfit.isEmpty() && doubtful.waits(id)) {
            return Optional.empty();
        }
        LiveTables.Answer answer = live.ask(List.of(name), log.place(context, event));
        if (!answer.isKnown()) {
            return cannotTell(id, name, misfit);
        }
        Object real = parser.table(real(parser.copy(context), Map.of(id, name), answer), id);
        if (!answer.isStill(name)) {
            String difference =
                    difference(parser.table(goneThrough(parser.copy(context), answer, List.of(name)), id), real, false);
            if (misfit.isEmpty() && difference == null) {
                return found(id, model);
            }
            return Optional.of(misfit.orElse(
                    "with what stands further behind in the log it does not become the server's: " + difference));
        }
        String difference = difference(model, real, true);
        if (difference == null || real == null) {
            return misfit.isEmpty() && difference == null ? found(id, model) : Optional.of(misfit.orElse(difference));
        }
        if (doubtful.has(id)) {
            return Optional.of("rows in front of it were read by a definition that could not be compared then, and is"
                    + " not the server's: " + misfit.orElse(difference));
        }
        parser.forget(context, id);
        parser.tell(binlogReader, event, name.database(), answer.text(name));
        Optional<String> still = fit.difference(log.table(context, id));
        if (still.isPresent()) {
            return still;
        }
        if (isFirstLook && misfit.isEmpty()) {
            LOG.warn(
                    "{}: the definition that Flink CDC had of table '{}' when its reader began is made anew from the"
                            + " server's: {}. If the job was restarted after a WARN that the table cannot be compared,"
                            + " rows before the restart may have been read by it: load the table anew",
                    log.place(context, event),
                    name,
                    difference);
        } else {
            LOG.info(
                    "{}: the definition that Flink CDC has of table '{}' is made anew from the server's: {}",
                    log.place(context, event),
                    name,
                    misfit.orElse(difference));
        }
        return found(id, log.table(context, id));
    }

    /** Whether rows of a table went on by a definition that nobody could compare. */
    boolean isDoubtful(Object id) {
        return doubtful.has(id);
    }

    private Optional<String> found(Object id, Object model) {
        doubtful.remove(id);
        right.put(id, model);
        return Optional.empty();
    }

    private Optional<String> cannotTell(Object id, SourceName name, Optional<String> misfit) {
        if (misfit.isEmpty() && doubtful.add(id)) {
            LOG.warn(
                    "the definition of table '{}' cannot be compared with the server's yet, the reader is too far"
                            + " behind: of its rows number, types and lengths of columns are compared alone until then",
                    name);
        }
        return misfit;
    }

    /** A copy with all done to it that stands ahead and may have a part in some tables. */
    private Object goneThrough(Object copied, LiveTables.Answer answer, Collection<SourceName> tables)
            throws Throwable {
        for (LogStatement statement : LogStatement.about(tables, answer.ahead())) {
            if (!StatementText.setsDefaults(statement.text())) {
                parser.apply(context, copied, statement.database(), statement.text());
            }
        }
        return copied;
    }

    /** The server's tables, as the parser reads the server's own words. */
    private Object real(Object copied, Map<Object, SourceName> tables, LiveTables.Answer answer) throws Throwable {
        for (Map.Entry<Object, SourceName> table : tables.entrySet()) {
            parser.remove(copied, table.getKey());
            String text = answer.text(table.getValue());
            if (text != null) {
                parser.apply(context, copied, table.getValue().database(), text);
            }
        }
        return copied;
    }

    /**
     * In what rows are read otherwise by one than by the other; null for nothing.
     *
     * @param exactly whether upper and lower case of a column's name are two names: its values go to the target's
     *     column of that very name
     */
    private String difference(Object model, Object real, boolean exactly) throws Throwable {
        if (model == null || real == null) {
            return model == real ? null : model == null ? "it is not known" : "the server has no such table";
        }
        List<ModelColumn> is = log.modelColumns(model);
        List<ModelColumn> should = log.modelColumns(real);
        if (is.size() != should.size()) {
            return "it has " + is.size() + " columns, the server's " + should.size();
        }
        for (int i = 0; i < is.size(); i++) {
            String reason = is.get(i).differenceFrom(should.get(i), exactly);
            if (reason != null) {
                return "column " + (i + 1) + ", '" + is.get(i).name() + "', " + reason + " (" + is.get(i)
                        + "; the server's: " + should.get(i) + ")";
            }
        }
        List<String> key = lower(parser.key(model));
        return key.equals(lower(parser.key(real)))
                ? null
                : "its key is " + key + ", the server's " + lower(parser.key(real));
    }

    private static List<String> lower(List<String> names) {
        return names.stream().map(String::toLowerCase).collect(Collectors.toList());
    }

    /** Compares the rows' columns with a definition. */
    @FunctionalInterface
    interface Fit {
        Optional<String> difference(Object model) throws Throwable;
    }
}
