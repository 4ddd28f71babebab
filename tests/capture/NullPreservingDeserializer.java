import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A deserialisation schema around CDC's own, which then writes a NULL as null.
 *
 * <p>CDC's own writes the column's DEFAULT where a row has NULL: Kafka's {@code Struct.get} answers with the field's
 * default, and the converter asks for nothing else. So each record gets a schema without defaults first.
 */
final class NullPreservingDeserializer implements InvocationHandler, Serializable {
    private static final long serialVersionUID = 1;

    private final Cdc cdc;
    private final Object inner;
    private transient Map<Object, Object> plain;

    NullPreservingDeserializer(Cdc cdc, Object inner) {
        this.cdc = cdc;
        this.inner = inner;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        try {
            if (method.getName().equals("deserialize")) {
                return method.invoke(inner, withoutDefaults(args[0]), args[1]);
            }
            return method.invoke(inner, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private Object withoutDefaults(Object record) throws ReflectiveOperationException {
        Class<?> schema = cdc.kafka("data.Schema");
        return cdc.kafka("source.SourceRecord")
                .getConstructor(Map.class, Map.class, String.class, schema, Object.class, schema, Object.class)
                .newInstance(
                        get(record, "sourcePartition"),
                        get(record, "sourceOffset"),
                        get(record, "topic"),
                        get(record, "keySchema"),
                        get(record, "key"),
                        plain(get(record, "valueSchema")),
                        copy(get(record, "value")));
    }

    private Object copy(Object value) throws ReflectiveOperationException {
        Class<?> struct = cdc.kafka("data.Struct");
        if (!struct.isInstance(value)) {
            return value;
        }
        Method read = struct.getMethod("getWithoutDefault", String.class);
        Method put = struct.getMethod("put", String.class, Object.class);
        Object schema = get(value, "schema");
        Object made = struct.getConstructor(cdc.kafka("data.Schema")).newInstance(plain(schema));
        for (Object field : (List<?>) get(schema, "fields")) {
            Object name = get(field, "name");
            put.invoke(made, name, copy(read.invoke(value, name)));
        }
        return made;
    }

    /** The schema without defaults; the same one for the same one, and itself where it has none. */
    private Object plain(Object schema) throws ReflectiveOperationException {
        if (plain == null) {
            plain = new IdentityHashMap<>();
        }
        Object known = plain.get(schema);
        if (known == null) {
            known = build(schema);
            plain.put(schema, known);
        }
        return known;
    }

    private Object build(Object schema) throws ReflectiveOperationException {
        Object type = get(schema, "type");
        boolean struct = type.toString().equals("STRUCT");
        if (!struct && get(schema, "defaultValue") == null) {
            return schema;
        }
        Class<?> builders = cdc.kafka("data.SchemaBuilder");
        Object builder = builders.getMethod("type", type.getClass()).invoke(null, type);
        if ((Boolean) get(schema, "isOptional")) {
            builders.getMethod("optional").invoke(builder);
        }
        set(builder, "name", String.class, get(schema, "name"));
        set(builder, "version", Integer.class, get(schema, "version"));
        set(builder, "doc", String.class, get(schema, "doc"));
        set(builder, "parameters", Map.class, get(schema, "parameters"));
        if (struct) {
            Method add = builders.getMethod("field", String.class, cdc.kafka("data.Schema"));
            for (Object field : (List<?>) get(schema, "fields")) {
                add.invoke(builder, get(field, "name"), plain(get(field, "schema")));
            }
        }
        return builders.getMethod("build").invoke(builder);
    }

    private static void set(Object builder, String name, Class<?> type, Object value)
            throws ReflectiveOperationException {
        if (value != null) {
            builder.getClass().getMethod(name, type).invoke(builder, value);
        }
    }

    private static Object get(Object of, String name) throws ReflectiveOperationException {
        return of.getClass().getMethod(name).invoke(of);
    }
}
