package com.pieclouddb.flink.sync.handles;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/**
 * The parser of Flink CDC and the tables that it keeps: to try a statement on a copy, and to tell CDC another one.
 *
 * <p>It translates and decides nothing. All of it is resolved once, see {@link CdcHandles}. All of it happens in the
 * client's thread, which is the one that CDC parses in.
 */
@Internal
public final class ParserHandles {

    /** Debezium reads it and does nothing. */
    private static final String NOTHING = "FLUSH PRIVILEGES";

    private final MethodHandle schema;
    private final MethodHandle tables;
    private final MethodHandle register;
    private final MethodHandle parser;
    private final MethodHandle setDatabase;
    private final MethodHandle parse;
    private final MethodHandle copy;
    private final MethodHandle ids;
    private final MethodHandle table;
    private final MethodHandle remove;
    private final MethodHandle overwrite;
    private final MethodHandle catalog;
    private final MethodHandle name;
    private final MethodHandle key;
    private final MethodHandle idOf;
    private final MethodHandle columns;
    private final MethodHandle edit;
    private final MethodHandle setColumns;
    private final MethodHandle createTable;
    private final MethodHandle editColumn;
    private final MethodHandle setType;
    private final MethodHandle setJdbcType;
    private final MethodHandle setLength;
    private final MethodHandle setCharset;
    private final MethodHandle createColumn;
    private final MethodHandle task;
    private final MethodHandle eventHandlers;
    private final MethodHandle accept;
    private final Object query;
    private final MethodHandle header;
    private final MethodHandle data;
    private final MethodHandle newEvent;
    private final MethodHandle newQuery;
    private final MethodHandle setSql;
    private final MethodHandle setDefaultDatabase;

    ParserHandles(CdcClasses cdc, Class<?> context, Class<?> binlogReader) throws ReflectiveOperationException {
        Class<?> tablesType = cdc.named("io.debezium.relational.Tables");
        Class<?> id = cdc.named("io.debezium.relational.TableId");
        Class<?> tableType = cdc.named("io.debezium.relational.Table");
        Class<?> schemas = cdc.named("io.debezium.relational.RelationalDatabaseSchema");
        Class<?> parsers = cdc.named("io.debezium.relational.ddl.DdlParser");
        schema = Handles.method(context, "getDatabaseSchema");
        tables = Handles.hidden(schemas, "tables");
        register = Handles.hidden(schemas, "buildAndRegisterSchema", tableType);
        parser = Handles.hidden(cdc.named("io.debezium.relational.HistorizedRelationalDatabaseSchema"), "getDdlParser");
        setDatabase = Handles.method(parsers, "setCurrentSchema", String.class);
        parse = Handles.method(parsers, "parse", String.class, tablesType);
        copy = Handles.method(tablesType, "clone");
        ids = Handles.method(tablesType, "tableIds");
        table = Handles.method(tablesType, "forTable", id);
        remove = Handles.method(tablesType, "removeTable", id);
        overwrite = Handles.method(tablesType, "overwriteTable", tableType);
        catalog = Handles.method(id, "catalog");
        name = Handles.method(id, "table");
        key = Handles.method(tableType, "primaryKeyColumnNames");
        idOf = Handles.method(tableType, "id");
        columns = Handles.method(tableType, "columns");
        edit = Handles.method(tableType, "edit");
        Class<?> tableEditor = cdc.named("io.debezium.relational.TableEditor");
        setColumns = Handles.method(tableEditor, "setColumns", Iterable.class);
        createTable = Handles.method(tableEditor, "create");
        editColumn = Handles.method(cdc.named("io.debezium.relational.Column"), "edit");
        Class<?> columnEditor = cdc.named("io.debezium.relational.ColumnEditor");
        setType = Handles.method(columnEditor, "type", String.class);
        setJdbcType = Handles.method(columnEditor, "jdbcType", int.class);
        setLength = Handles.method(columnEditor, "length", int.class);
        setCharset = Handles.method(columnEditor, "charsetName", String.class);
        createColumn = Handles.method(columnEditor, "create");
        task = Handles.getter(binlogReader, "binlogSplitReadTask");
        eventHandlers = Handles.getter(
                cdc.named("io.debezium.connector.mysql.MySqlStreamingChangeEventSource"), "eventHandlers");
        accept = Handles.method(cdc.named("io.debezium.function.BlockingConsumer"), "accept", Object.class);
        Class<?> eventType = cdc.named(LogHandles.BINLOG + "event.EventType");
        query = eventType.getField("QUERY").get(null);
        Class<?> event = cdc.named(LogHandles.BINLOG + "event.Event");
        header = Handles.method(event, "getHeader");
        data = Handles.method(event, "getData");
        newEvent = Handles.constructor(
                event,
                cdc.named(LogHandles.BINLOG + "event.EventHeader"),
                cdc.named(LogHandles.BINLOG + "event.EventData"));
        Class<?> queries = cdc.named(LogHandles.BINLOG + "event.QueryEventData");
        newQuery = Handles.constructor(queries);
        setSql = Handles.method(queries, "setSql", String.class);
        setDefaultDatabase = Handles.method(queries, "setDatabase", String.class);
    }

    /** The tables as they are, to be changed by nobody but the caller. */
    public Object copy(Object context) throws Throwable {
        return copy.invoke(tables.invoke(schema.invoke(context)));
    }

    /** Changes a copy by a statement, as far as it is understood. */
    public void apply(Object context, Object copied, String database, String sql) throws Throwable {
        Object of = parser.invoke(schema.invoke(context));
        setDatabase.invoke(of, database);
        try {
            parse.invoke(of, sql.trim(), copied);
        } catch (RuntimeException e) {
            // Flink CDC passes such a statement over, and keeps what it did until there.
        }
    }

    /** A table of a copy, or null. */
    public Object table(Object copied, Object id) throws Throwable {
        return table.invoke(copied, id);
    }

    public void remove(Object copied, Object id) throws Throwable {
        remove.invoke(copied, id);
    }

    public Collection<?> ids(Object copied) throws Throwable {
        return (Collection<?>) ids.invoke(copied);
    }

    public SourceName name(Object id) throws Throwable {
        return new SourceName((String) catalog.invoke(id), (String) name.invoke(id));
    }

    public List<String> key(Object of) throws Throwable {
        List<String> names = new ArrayList<>();
        for (Object column : (List<?>) key.invoke(of)) {
            names.add((String) column);
        }
        return names;
    }

    /** Takes a table away from CDC, so that a definition is a new one. */
    public void forget(Object context, Object id) throws Throwable {
        remove.invoke(tables.invoke(schema.invoke(context)), id);
    }

    /**
     * Gives CDC a table whose columns are of other types, without a word to anybody.
     *
     * @param others by the columns' places
     * @return the table as CDC has it then
     */
    public Object respell(Object context, Object model, Map<Integer, Spelling> others) throws Throwable {
        List<Object> made = new ArrayList<>();
        for (Object column : (List<?>) columns.invoke(model)) {
            Spelling other = others.get(made.size());
            made.add(other == null ? column : other.of(this, column));
        }
        Object editor = edit.invoke(model);
        setColumns.invoke(editor, made);
        Object of = schema.invoke(context);
        Object table = createTable.invoke(editor);
        overwrite.invoke(tables.invoke(of), table);
        Object kept = this.table.invoke(tables.invoke(of), idOf.invoke(table));
        register.invoke(of, kept);
        return kept;
    }

    /** Lets CDC do what it does at a statement of the log, in front of an event that it has not seen. */
    public void tell(Object binlogReader, Object event, String database, String sql) throws Throwable {
        Object statement = newQuery.invoke();
        setSql.invoke(statement, sql);
        setDefaultDatabase.invoke(statement, database);
        Map<?, ?> handlers = (Map<?, ?>) eventHandlers.invoke(task.invoke(binlogReader));
        accept.invoke(handlers.get(query), newEvent.invoke(header.invoke(event), statement));
    }

    /** Makes another statement of one that CDC has not seen. */
    public void replaceStatement(Object event, String database, String sql) throws Throwable {
        Object statement = data.invoke(event);
        setSql.invoke(statement, sql);
        setDefaultDatabase.invoke(statement, database);
    }

    /** Makes nothing of it. */
    void dropStatement(Object event) throws Throwable {
        setSql.invoke(data.invoke(event), NOTHING);
    }

    /** A type of Debezium's. */
    public static final class Spelling {

        private final String type;
        private final int jdbcType;
        private final int length;
        private final String charset;

        /**
         * A type.
         *
         * @param length below zero for none
         * @param charset null for none
         */
        public Spelling(String type, int jdbcType, int length, String charset) {
            this.type = type;
            this.jdbcType = jdbcType;
            this.length = length;
            this.charset = charset;
        }

        private Object of(ParserHandles handles, Object column) throws Throwable {
            Object editor = handles.editColumn.invoke(column);
            handles.setType.invoke(editor, type);
            handles.setJdbcType.invoke(editor, jdbcType);
            handles.setLength.invoke(editor, length);
            if (charset != null) {
                handles.setCharset.invoke(editor, charset);
            }
            return handles.createColumn.invoke(editor);
        }
    }
}
