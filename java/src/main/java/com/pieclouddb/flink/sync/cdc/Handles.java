package com.pieclouddb.flink.sync.cdc;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.apache.flink.annotation.Internal;

/**
 * Finds members of classes that are not named at compile time, as handles that take and give {@link Object}.
 *
 * <p>A member that is not there is told with its class, since the reader of the message has to compare versions.
 */
@Internal
public final class Handles {

    private Handles() {}

    /** A public method. */
    public static MethodHandle method(Class<?> type, String name, Class<?>... parameters)
            throws ReflectiveOperationException {
        return plain(MethodHandles.publicLookup().unreflect(type.getMethod(name, parameters)));
    }

    public static MethodHandle constructor(Class<?> type, Class<?>... parameters) throws ReflectiveOperationException {
        return plain(MethodHandles.publicLookup().unreflectConstructor(type.getConstructor(parameters)));
    }

    /** A method that only its own class may call. */
    public static MethodHandle hidden(Class<?> type, String name, Class<?>... parameters)
            throws ReflectiveOperationException {
        Method method = type.getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return plain(MethodHandles.lookup().unreflect(method));
    }

    /** Reads a field that only its own class may read. */
    public static MethodHandle getter(Class<?> type, String name) throws ReflectiveOperationException {
        return plain(MethodHandles.lookup().unreflectGetter(field(type, name)));
    }

    /** A field that only its own class may read. */
    public static Field field(Class<?> type, String name) throws NoSuchFieldException {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw (NoSuchFieldException) new NoSuchFieldException(type.getName() + "." + name).initCause(e);
        }
    }

    private static MethodHandle plain(MethodHandle handle) {
        return handle.asType(MethodType.genericMethodType(handle.type().parameterCount()));
    }
}
