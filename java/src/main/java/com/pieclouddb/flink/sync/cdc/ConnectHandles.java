package com.pieclouddb.flink.sync.cdc;

import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/**
 * What is called of the Kafka Connect classes inside Flink CDC, resolved once.
 *
 * <p>Handles take and give {@link Object}: the classes have a name for each line of CDC.
 */
@Internal
public final class ConnectHandles {

    public final MethodHandle value;
    public final MethodHandle valueSchema;
    public final MethodHandle field;
    public final MethodHandle fieldName;
    public final MethodHandle fieldSchema;
    public final MethodHandle defaultValue;
    public final MethodHandle isOptional;
    public final MethodHandle newStruct;
    public final MethodHandle put;
    public final MethodHandle parameters;
    public final MethodHandle keySchema;

    /** Of a struct by a field's name, null where it is NULL. */
    public final MethodHandle read;

    private final Class<?> struct;
    private final MethodHandle type;
    private final MethodHandle fieldsOf;
    private final MethodHandle name;
    private final MethodHandle version;
    private final MethodHandle doc;
    private final MethodHandle builderOf;
    private final MethodHandle optional;
    private final MethodHandle setName;
    private final MethodHandle setVersion;
    private final MethodHandle setDoc;
    private final MethodHandle setParameters;
    private final MethodHandle addField;
    private final MethodHandle build;
    private final MethodHandle sourcePartition;
    private final MethodHandle sourceOffset;
    private final MethodHandle topic;
    private final MethodHandle key;
    private final MethodHandle newRecord;

    public ConnectHandles(CdcClasses cdc) throws ReflectiveOperationException {
        struct = cdc.kafka("data.Struct");
        Class<?> schema = cdc.kafka("data.Schema");
        Class<?> fields = cdc.kafka("data.Field");
        Class<?> builder = cdc.kafka("data.SchemaBuilder");
        Class<?> types = cdc.kafka("data.Schema$Type");
        Class<?> record = cdc.kafka("source.SourceRecord");
        value = Handles.method(record, "value");
        valueSchema = Handles.method(record, "valueSchema");
        sourcePartition = Handles.method(record, "sourcePartition");
        sourceOffset = Handles.method(record, "sourceOffset");
        topic = Handles.method(record, "topic");
        keySchema = Handles.method(record, "keySchema");
        key = Handles.method(record, "key");
        newRecord = Handles.constructor(
                record, Map.class, Map.class, String.class, schema, Object.class, schema, Object.class);
        read = Handles.method(struct, "getWithoutDefault", String.class);
        put = Handles.method(struct, "put", String.class, Object.class);
        newStruct = Handles.constructor(struct, schema);
        type = Handles.method(schema, "type");
        fieldsOf = Handles.method(schema, "fields");
        field = Handles.method(schema, "field", String.class);
        defaultValue = Handles.method(schema, "defaultValue");
        isOptional = Handles.method(schema, "isOptional");
        name = Handles.method(schema, "name");
        version = Handles.method(schema, "version");
        doc = Handles.method(schema, "doc");
        parameters = Handles.method(schema, "parameters");
        fieldName = Handles.method(fields, "name");
        fieldSchema = Handles.method(fields, "schema");
        builderOf = Handles.constructor(builder, types);
        optional = Handles.method(builder, "optional");
        setName = Handles.method(builder, "name", String.class);
        setVersion = Handles.method(builder, "version", Integer.class);
        setDoc = Handles.method(builder, "doc", String.class);
        setParameters = Handles.method(builder, "parameters", Map.class);
        addField = Handles.method(builder, "field", String.class, schema);
        build = Handles.method(builder, "build");
    }

    public boolean isStruct(Object of) {
        return struct.isInstance(of);
    }

    public boolean isStructSchema(Object schema) throws Throwable {
        return type.invoke(schema).toString().equals("STRUCT");
    }

    public List<?> fields(Object schema) throws Throwable {
        return isStructSchema(schema) ? (List<?>) fieldsOf.invoke(schema) : List.of();
    }

    /** The record with another value. */
    public Object withValue(Object record, Object schema, Object to) throws Throwable {
        return newRecord.invoke(
                sourcePartition.invoke(record),
                sourceOffset.invoke(record),
                topic.invoke(record),
                keySchema.invoke(record),
                key.invoke(record),
                schema,
                to);
    }

    /**
     * A schema of a struct once more.
     *
     * @param other gives the schema of a field by its name; null for the one that it has, without its default
     */
    public Object copy(Object schema, Other other) throws Throwable {
        Object builder = begin(schema);
        for (Object field : fields(schema)) {
            Object name = fieldName.invoke(field);
            Object replaced = other.schema((String) name);
            addField.invoke(builder, name, replaced == null ? withoutDefault(fieldSchema.invoke(field)) : replaced);
        }
        return build.invoke(builder);
    }

    /** Structs stay as they are: their values have them inside. */
    private Object withoutDefault(Object schema) throws Throwable {
        return isStructSchema(schema) || defaultValue.invoke(schema) == null ? schema : build.invoke(begin(schema));
    }

    private Object begin(Object schema) throws Throwable {
        Object builder = builderOf.invoke(type.invoke(schema));
        if ((boolean) isOptional.invoke(schema)) {
            optional.invoke(builder);
        }
        set(setName, builder, name.invoke(schema));
        set(setVersion, builder, version.invoke(schema));
        set(setDoc, builder, doc.invoke(schema));
        set(setParameters, builder, parameters.invoke(schema));
        return builder;
    }

    private static void set(MethodHandle setter, Object builder, Object to) throws Throwable {
        if (to != null) {
            setter.invoke(builder, to);
        }
    }

    /** Replaces schemas of fields. */
    @FunctionalInterface
    public interface Other {
        Object schema(String field) throws Throwable;
    }
}
