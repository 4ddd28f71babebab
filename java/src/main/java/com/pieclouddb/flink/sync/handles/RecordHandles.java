package com.pieclouddb.flink.sync.handles;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.Handles;
import com.pieclouddb.flink.sync.model.Labels;
import com.pieclouddb.flink.sync.model.LogText;
import com.pieclouddb.flink.sync.model.ReadRows;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.annotation.Internal;

/**
 * How the Debezium inside Flink CDC makes records of rows, and the way to put {@link ReadRows} around it.
 *
 * <p>It translates and decides nothing. All of it is resolved once, see {@link CdcHandles}.
 */
@Internal
public final class RecordHandles {

    private static final String[] GENERATORS = {"keyGenerator", "valueGenerator"};

    private final MethodHandle model;
    private final MethodHandle byTable;
    private final Field schemas;
    private final Field[] generators = new Field[GENERATORS.length];
    private final MethodHandle[] recordSchemas;
    private final Class<?> generator;
    private final MethodHandle idOf;
    private final MethodHandle database;
    private final MethodHandle table;
    private final MethodHandle values;
    private final MethodHandle field;
    private final MethodHandle index;
    private final MethodHandle tableFor;
    private final MethodHandle columns;
    private final MethodHandle columnName;
    private final MethodHandle columnType;
    private final MethodHandle position;
    private final MethodHandle charset;
    private final MethodHandle labels;
    private final Field snapshotTasks;
    private final Field logTasks;
    private final MethodHandle errorHandler;
    private final MethodHandle error;

    RecordHandles(CdcClasses cdc, Class<?> context, Class<?> snapshotReader, Class<?> logReader)
            throws ReflectiveOperationException {
        Class<?> schema = cdc.named("io.debezium.relational.RelationalDatabaseSchema");
        Class<?> tableSchema = cdc.named("io.debezium.relational.TableSchema");
        Class<?> id = cdc.named("io.debezium.relational.TableId");
        Class<?> column = cdc.named("io.debezium.relational.Column");
        Class<?> kafkaSchema = cdc.kafka("data.Schema");
        model = Handles.method(context, "getDatabaseSchema");
        byTable = Handles.getter(schema, "schemasByTableId");
        schemas =
                Handles.field(cdc.named("io.debezium.relational.RelationalDatabaseSchema$SchemasByTableId"), "values");
        generator = cdc.named("io.debezium.relational.StructGenerator");
        generator.getMethod("generateValue", Object[].class);
        for (int i = 0; i < GENERATORS.length; i++) {
            generators[i] = Handles.field(tableSchema, GENERATORS[i]);
        }
        recordSchemas =
                new MethodHandle[] {Handles.method(tableSchema, "keySchema"), Handles.method(tableSchema, "valueSchema")
                };
        idOf = Handles.method(tableSchema, "id");
        database = Handles.method(id, "catalog");
        table = Handles.method(id, "table");
        values = Handles.getter(cdc.kafka("data.Struct"), "values");
        field = Handles.method(kafkaSchema, "field", String.class);
        index = Handles.method(cdc.kafka("data.Field"), "index");
        tableFor = Handles.method(schema, "tableFor", id);
        columns = Handles.method(cdc.named("io.debezium.relational.Table"), "columns");
        columnName = Handles.method(column, "name");
        columnType = Handles.method(column, "typeName");
        position = Handles.method(column, "position");
        charset = Handles.method(column, "charsetName");
        labels = Handles.method(column, "enumValues");
        snapshotTasks = Handles.field(snapshotReader, "executorService");
        logTasks = Handles.field(logReader, "executorService");
        errorHandler = Handles.method(context, "getErrorHandler");
        error = Handles.getter(cdc.named("io.debezium.pipeline.ErrorHandler"), "producerThrowable");
    }

    /** Has something done once a reader knows its tables, before it reads. */
    public void beforeReading(Object reader, boolean readsLog, Step step) throws IllegalAccessException {
        Field of = readsLog ? logTasks : snapshotTasks;
        ExecutorService inner = (ExecutorService) of.get(reader);
        of.set(
                reader,
                Proxy.newProxyInstance(
                        RecordHandles.class.getClassLoader(),
                        new Class<?>[] {ExecutorService.class},
                        (proxy, method, args) -> {
                            if (method.getName().equals("execute")
                                    || method.getName().equals("submit")) {
                                step.run();
                            }
                            try {
                                return method.invoke(inner, args);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }

    /**
     * Has records of all tables made under the eyes of {@link ReadRows}, of those to come too.
     *
     * @param isOfLog whether they are those of the log, and not of a piece of the snapshot
     */
    @SuppressWarnings("unchecked")
    public void guard(Object context, boolean isOfLog, ReadRows.Failure failure) throws Throwable {
        Object of = model.invoke(context);
        Map<Object, Object> guarded = new ConcurrentHashMap<Object, Object>() {
            private static final long serialVersionUID = 1L;

            @Override
            public Object put(Object id, Object tableSchema) {
                guardTable(of, tableSchema, isOfLog, failure);
                return super.put(id, tableSchema);
            }
        };
        Object all = byTable.invoke(of);
        ((Map<Object, Object>) schemas.get(all)).forEach(guarded::put);
        schemas.set(all, guarded);
    }

    private void guardTable(Object model, Object tableSchema, boolean isOfLog, ReadRows.Failure failure) {
        try {
            Object id = idOf.invoke(tableSchema);
            SourceName name = new SourceName((String) database.invoke(id), (String) table.invoke(id));
            for (int i = 0; i < GENERATORS.length; i++) {
                Object recordSchema = recordSchemas[i].invoke(tableSchema);
                if (recordSchema != null) {
                    ReadRows.Columns of = columns(model, id, recordSchema, i == 0, isOfLog);
                    ReadRows rows = new ReadRows(generators[i].get(tableSchema), name, of, failure);
                    generators[i].set(
                            tableSchema,
                            Proxy.newProxyInstance(generator.getClassLoader(), new Class<?>[] {generator}, rows));
                }
            }
        } catch (Throwable e) {
            throw new IllegalStateException("rows of Flink CDC cannot be looked at", e);
        }
    }

    private ReadRows.Columns columns(Object model, Object id, Object recordSchema, boolean isKey, boolean isOfLog) {
        return new ReadRows.Columns() {
            @Override
            public List<ReadRows.Cell> cells() throws Throwable {
                List<ReadRows.Cell> cells = new ArrayList<>();
                for (Object column : (List<?>) columns.invoke(tableFor.invoke(model, id))) {
                    Object of = field.invoke(recordSchema, columnName.invoke(column));
                    if (of != null) {
                        cells.add(cell(column, (int) index.invoke(of), isOfLog));
                    }
                }
                return cells;
            }

            @Override
            public Object[] values(Object record) throws Throwable {
                return (Object[]) values.invoke(record);
            }

            @Override
            public boolean isKey() {
                return isKey;
            }
        };
    }

    private ReadRows.Cell cell(Object column, int inRecord, boolean isOfLog) throws Throwable {
        String type = (String) columnType.invoke(column);
        String word = type.toUpperCase(Locale.ROOT);
        Labels of = null;
        if (word.equals("ENUM") || word.equals("SET")) {
            List<String> literals = new ArrayList<>();
            for (Object literal : (List<?>) labels.invoke(column)) {
                literals.add((String) literal);
            }
            of = new Labels(
                    literals, word.equals("SET"), "binary".equalsIgnoreCase((String) charset.invoke(column)), isOfLog);
        }
        return new ReadRows.Cell(
                (String) columnName.invoke(column),
                type,
                (int) position.invoke(column) - 1,
                inRecord,
                of,
                LogText.of(type, (String) charset.invoke(column)));
    }

    /**
     * Has Debezium tell nobody of an error of the log that it comes to next: what waits in front of it would be lost to
     * whoever asks.
     *
     * @param failed what is told in another way
     */
    @SuppressWarnings("unchecked")
    public void keepError(Object context, Throwable failed) throws Throwable {
        ((AtomicReference<Throwable>) error.invoke(errorHandler.invoke(context))).compareAndSet(null, failed);
    }

    /** What is done in between. */
    @FunctionalInterface
    public interface Step {
        void run() throws Throwable;
    }
}
