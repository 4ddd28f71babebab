package com.pieclouddb.flink.sync.handles;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import com.pieclouddb.flink.sync.model.CompressedColumns;
import com.pieclouddb.flink.sync.model.EventColumn;
import com.pieclouddb.flink.sync.model.ModelColumn;
import com.pieclouddb.flink.sync.model.TableMapMetadata;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.flink.annotation.Internal;

/**
 * The events of the log and the model of the tables, as the client and the Debezium inside Flink CDC have them.
 *
 * <p>It translates and decides nothing. All of it is resolved once, see {@link CdcHandles}.
 */
@Internal
public final class LogHandles {

    /** The flag of an event that a reader may pass over, by the protocol. */
    private static final int IGNORABLE = 0x80;

    static final String BINLOG = "com.github.shyiko.mysql.binlog.";

    private final EventKind[] kinds;
    private final Class<?> listener;
    private final MethodHandle register;
    private final MethodHandle listeners;
    private final MethodHandle unregister;
    private final MethodHandle file;
    private final MethodHandle clientPosition;
    private final Class<?> dataDeserializer;
    private final Object tableMap;
    private final MethodHandle deserializer;
    private final MethodHandle dataDeserializers;
    private final MethodHandle deserialize;
    private final MethodHandle available;
    private final MethodHandle readBytes;
    private final MethodHandle newStream;
    private final MethodHandle header;
    private final MethodHandle data;
    private final MethodHandle type;
    private final MethodHandle position;
    private final MethodHandle nextPosition;
    private final MethodHandle flags;
    private final MethodHandle sql;
    private final MethodHandle defaultDatabase;
    private final MethodHandle tableNumber;
    private final MethodHandle database;
    private final MethodHandle table;
    private final MethodHandle types;
    private final MethodHandle metadata;
    private final MethodHandle nullability;
    private final MethodHandle more;
    private final MethodHandle signedness;
    private final MethodHandle names;
    private final MethodHandle enumLabels;
    private final MethodHandle setLabels;
    private final MethodHandle defaultCharset;
    private final MethodHandle commonCollation;
    private final MethodHandle otherCollations;
    private final MethodHandle collations;
    private final MethodHandle client;
    private final MethodHandle model;
    private final MethodHandle config;
    private final MethodHandle filters;
    private final MethodHandle tableFilter;
    private final MethodHandle databaseFilter;
    private final MethodHandle isIncluded;
    private final MethodHandle newTableId;
    private final MethodHandle tableFor;
    private final MethodHandle tableIds;
    private final MethodHandle catalog;
    private final MethodHandle columns;
    private final MethodHandle columnName;
    private final MethodHandle columnType;
    private final MethodHandle length;
    private final MethodHandle scale;
    private final MethodHandle isOptional;
    private final MethodHandle charset;
    private final MethodHandle labels;
    private final Class<?> unreadable;
    private final RowsHandles rows;

    LogHandles(CdcClasses cdc, Class<?> context) throws ReflectiveOperationException {
        Class<?> clients = cdc.named(BINLOG + "BinaryLogClient");
        listener = cdc.named(BINLOG + "BinaryLogClient$EventListener");
        register = Handles.method(clients, "registerEventListener", listener);
        unregister = Handles.method(clients, "unregisterEventListener", listener);
        listeners = Handles.method(clients, "getEventListeners");
        file = Handles.method(clients, "getBinlogFilename");
        clientPosition = Handles.method(clients, "getBinlogPosition");
        Class<?> deserializers = cdc.named(BINLOG + "event.deserialization.EventDeserializer");
        Class<?> types = cdc.named(BINLOG + "event.EventType");
        Class<?> stream = cdc.named(BINLOG + "io.ByteArrayInputStream");
        dataDeserializer = cdc.named(BINLOG + "event.deserialization.EventDataDeserializer");
        tableMap = types.getField("TABLE_MAP").get(null);
        deserializer = Handles.getter(clients, "eventDeserializer");
        dataDeserializers = Handles.getter(deserializers, "eventDataDeserializers");
        deserialize = Handles.method(dataDeserializer, "deserialize", stream);
        available = Handles.method(stream, "available");
        readBytes = Handles.method(stream, "read", int.class);
        newStream = Handles.constructor(stream, byte[].class);
        Class<?> event = cdc.named(BINLOG + "event.Event");
        header = Handles.method(event, "getHeader");
        data = Handles.method(event, "getData");
        Class<?> headers = cdc.named(BINLOG + "event.EventHeaderV4");
        type = Handles.method(headers, "getEventType");
        position = Handles.method(headers, "getPosition");
        nextPosition = Handles.method(headers, "getNextPosition");
        flags = Handles.method(headers, "getFlags");
        Class<?> query = cdc.named(BINLOG + "event.QueryEventData");
        sql = Handles.method(query, "getSql");
        defaultDatabase = Handles.method(query, "getDatabase");
        Class<?> map = cdc.named(BINLOG + "event.TableMapEventData");
        tableNumber = Handles.method(map, "getTableId");
        database = Handles.method(map, "getDatabase");
        table = Handles.method(map, "getTable");
        this.types = Handles.method(map, "getColumnTypes");
        metadata = Handles.method(map, "getColumnMetadata");
        nullability = Handles.method(map, "getColumnNullability");
        more = Handles.method(map, "getEventMetadata");
        Class<?> mores = cdc.named(BINLOG + "event.TableMapEventMetadata");
        signedness = Handles.method(mores, "getSignedness");
        names = Handles.method(mores, "getColumnNames");
        enumLabels = Handles.method(mores, "getEnumStrValues");
        setLabels = Handles.method(mores, "getSetStrValues");
        defaultCharset = Handles.method(mores, "getDefaultCharset");
        collations = Handles.method(mores, "getColumnCharsets");
        Class<?> defaults = cdc.named(BINLOG + "event.TableMapEventMetadata$DefaultCharset");
        commonCollation = Handles.method(defaults, "getDefaultCharsetCollation");
        otherCollations = Handles.method(defaults, "getCharsetCollations");
        client = Handles.method(context, "getBinaryLogClient");
        model = Handles.method(context, "getDatabaseSchema");
        config = Handles.method(context, "getConnectorConfig");
        filters = Handles.method(
                cdc.named("io.debezium.relational.RelationalDatabaseConnectorConfig"), "getTableFilters");
        Class<?> filtersType = cdc.named("io.debezium.relational.RelationalTableFilters");
        tableFilter = Handles.method(filtersType, "dataCollectionFilter");
        databaseFilter = Handles.method(filtersType, "databaseFilter");
        isIncluded = Handles.method(
                cdc.named("io.debezium.schema.DataCollectionFilters$DataCollectionFilter"),
                "isIncluded",
                cdc.named("io.debezium.schema.DataCollectionId"));
        Class<?> id = cdc.named("io.debezium.relational.TableId");
        newTableId = Handles.constructor(id, String.class, String.class, String.class);
        catalog = Handles.method(id, "catalog");
        Class<?> schema = cdc.named("io.debezium.relational.RelationalDatabaseSchema");
        tableFor = Handles.method(schema, "tableFor", id);
        tableIds = Handles.method(schema, "tableIds");
        columns = Handles.method(cdc.named("io.debezium.relational.Table"), "columns");
        Class<?> column = cdc.named("io.debezium.relational.Column");
        columnName = Handles.method(column, "name");
        columnType = Handles.method(column, "typeName");
        length = Handles.method(column, "length");
        scale = Handles.method(column, "scale");
        isOptional = Handles.method(column, "isOptional");
        charset = Handles.method(column, "charsetName");
        labels = Handles.method(column, "enumValues");
        unreadable = cdc.named("io.debezium.connector.mysql.EventDataDeserializationExceptionData");
        rows = new RowsHandles(cdc, BINLOG);
        Object[] eventTypes = types.getEnumConstants();
        kinds = new EventKind[eventTypes.length];
        for (Object eventType : eventTypes) {
            Enum<?> of = (Enum<?>) eventType;
            kinds[of.ordinal()] = EventKind.of(of.name());
        }
    }

    /** Makes a listener of the context's client, which hears each event before those that come to it later. */
    public void listen(Object context, InvocationHandler handler) throws Throwable {
        register.invoke(
                client.invoke(context),
                Proxy.newProxyInstance(listener.getClassLoader(), new Class<?>[] {listener}, handler));
    }

    /** Lets the client read table map events with compressed columns; the same object for one client, however often. */
    @SuppressWarnings("unchecked")
    public CompressedColumns readCompressed(Object context) throws Throwable {
        // Its own setter would read each event by the client's own reader first, and that is what ends it.
        Map<Object, Object> readers =
                (Map<Object, Object>) dataDeserializers.invoke(deserializer.invoke(client.invoke(context)));
        Object inner = readers.get(tableMap);
        if (Proxy.isProxyClass(inner.getClass()) && Proxy.getInvocationHandler(inner) instanceof CompressedColumns) {
            return (CompressedColumns) Proxy.getInvocationHandler(inner);
        }
        CompressedColumns made = new CompressedColumns(inner, deserialize, available, readBytes, newStream);
        readers.put(
                tableMap,
                Proxy.newProxyInstance(dataDeserializer.getClassLoader(), new Class<?>[] {dataDeserializer}, made));
        return made;
    }

    /** Takes every listener away but one: nothing behind the present event goes on. */
    public void silence(Object context, Object but) throws Throwable {
        Object of = client.invoke(context);
        for (Object other : new ArrayList<>((List<?>) listeners.invoke(of))) {
            if (other != but) {
                unregister.invoke(of, other);
            }
        }
    }

    public EventKind kind(Object event) throws Throwable {
        return kinds[((Enum<?>) type.invoke(header.invoke(event))).ordinal()];
    }

    /** The client could not read the event itself; Flink CDC tells that. */
    public boolean isUnreadable(Object event) throws Throwable {
        return unreadable.isInstance(data.invoke(event));
    }

    public boolean isIgnorable(Object event) throws Throwable {
        return ((int) flags.invoke(header.invoke(event)) & IGNORABLE) != 0;
    }

    /** Where an event stands in the log. */
    public LogPosition place(Object context, Object event) throws Throwable {
        return new LogPosition(
                (String) file.invoke(client.invoke(context)), (long) position.invoke(header.invoke(event)));
    }

    /** Where the one behind it stands. */
    public LogPosition placeBehind(Object context, Object event) throws Throwable {
        return new LogPosition(
                (String) file.invoke(client.invoke(context)), (long) nextPosition.invoke(header.invoke(event)));
    }

    /** Up to where the client has heard the log; null before it began. */
    public LogPosition heard(Object context) throws Throwable {
        Object of = client.invoke(context);
        String in = (String) file.invoke(of);
        return in == null || in.isEmpty() ? null : new LogPosition(in, (long) clientPosition.invoke(of), "");
    }

    public String typeName(Object event) throws Throwable {
        return String.valueOf(type.invoke(header.invoke(event)));
    }

    public String sql(Object event) throws Throwable {
        return (String) sql.invoke(data.invoke(event));
    }

    /** Of a statement: the database that its names without one belong to. */
    public String defaultDatabase(Object event) throws Throwable {
        return (String) defaultDatabase.invoke(data.invoke(event));
    }

    /** The server's number of a table in one form. */
    public long tableNumber(Object event) throws Throwable {
        return (long) tableNumber.invoke(data.invoke(event));
    }

    /** The table of a table map event. */
    public SourceName tableName(Object event) throws Throwable {
        Object map = data.invoke(event);
        return new SourceName((String) database.invoke(map), (String) table.invoke(map));
    }

    /** What events of rows have. */
    public RowsHandles rows() {
        return rows;
    }

    /** The same as Debezium has it. */
    public Object tableId(SourceName name) throws Throwable {
        return newTableId.invoke(name.database(), null, name.table());
    }

    /** Whether a table is to be read, by Flink CDC's own filter. */
    public boolean isFollowed(Object context, Object tableId) throws Throwable {
        return (boolean) isIncluded.invoke(tableFilter.invoke(filters.invoke(config.invoke(context))), tableId);
    }

    /** Whether tables of a database may be read. */
    @SuppressWarnings("unchecked")
    public boolean isFollowedDatabase(Object context, String database) throws Throwable {
        return ((Predicate<String>) databaseFilter.invoke(filters.invoke(config.invoke(context)))).test(database);
    }

    /** Databases that the model has tables of. */
    public List<String> databases(Object context) throws Throwable {
        List<String> databases = new ArrayList<>();
        for (Object id : (Iterable<?>) tableIds.invoke(model.invoke(context))) {
            databases.add((String) catalog.invoke(id));
        }
        return databases;
    }

    /** The model's table, the same object until its definition changes; null where there is none. */
    public Object table(Object context, Object tableId) throws Throwable {
        return tableFor.invoke(model.invoke(context), tableId);
    }

    public List<ModelColumn> modelColumns(Object table) throws Throwable {
        List<ModelColumn> read = new ArrayList<>();
        for (Object column : (List<?>) columns.invoke(table)) {
            read.add(new ModelColumn(
                    (String) columnName.invoke(column),
                    (String) columnType.invoke(column),
                    (int) length.invoke(column),
                    scale(scale.invoke(column)),
                    (boolean) isOptional.invoke(column),
                    (String) charset.invoke(column),
                    strings(labels.invoke(column))));
        }
        return read;
    }

    /**
     * The columns of a table map event, with all that the server tells of them.
     *
     * @param charsets names by the numbers of collations
     */
    public List<EventColumn> eventColumns(Object event, Map<Integer, String> charsets) throws Throwable {
        Object map = data.invoke(event);
        byte[] codes = (byte[]) types.invoke(map);
        int[] lengths = (int[]) metadata.invoke(map);
        BitSet nullable = (BitSet) nullability.invoke(map);
        List<EventColumn> read = new ArrayList<>();
        for (int i = 0; i < codes.length; i++) {
            read.add(new EventColumn(codes[i] & 0xff, lengths[i], nullable.get(i)));
        }
        Object told = more.invoke(map);
        if (told != null) {
            TableMapMetadata optional = new TableMapMetadata(read, charsets);
            optional.add(
                    (BitSet) signedness.invoke(told),
                    (List<?>) names.invoke(told),
                    (List<?>) enumLabels.invoke(told),
                    (List<?>) setLabels.invoke(told));
            Object common = defaultCharset.invoke(told);
            if (common != null) {
                optional.addCollations(
                        (int) commonCollation.invoke(common), (Map<?, ?>) otherCollations.invoke(common));
            } else if (collations.invoke(told) != null) {
                optional.addCollations((List<?>) collations.invoke(told));
            }
        }
        return read;
    }

    private static int scale(Object optional) {
        Optional<?> scale = (Optional<?>) optional;
        return scale.isPresent() ? (int) scale.get() : -1;
    }

    private static List<String> strings(Object list) {
        List<String> read = new ArrayList<>();
        for (Object text : (List<?>) list) {
            read.add((String) text);
        }
        return read;
    }
}
