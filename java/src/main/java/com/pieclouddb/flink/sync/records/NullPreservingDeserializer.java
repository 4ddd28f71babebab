package com.pieclouddb.flink.sync.records;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cdc.ConnectHandles;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.Charset;
import java.util.Collection;
import java.util.HashSet;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.Collector;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Wraps Flink CDC's deserialiser to JSON, which tells a column's DEFAULT where a row has NULL, and makes it
 * tell null.
 *
 * <p>A record without such a NULL, and any record without rows, goes through as it is; for the others
 * {@link DefaultStripper} makes a record whose schema has no defaults. Before the first row of a table that nothing has
 * defined it tells the definition ({@link MissingCreateEvents}). It is the handler of a proxy, since CDC's interface
 * has a name for each line. It changes nothing else.
 */
@Internal
public final class NullPreservingDeserializer implements InvocationHandler, Serializable {

    private static final long serialVersionUID = 1L;

    private final Serializable inner;

    /** Tables whose definition the job has from the start. */
    private final HashSet<SourceName> defined;

    private transient DefaultStripper records;

    public NullPreservingDeserializer(Object inner, Collection<SourceName> defined) {
        this.inner = (Serializable) inner;
        this.defined = new HashSet<>(defined);
    }

    @Override
    @SuppressWarnings("unchecked")
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(proxy, method.getName(), args);
        }
        if (method.getName().equals("deserialize")) {
            if (records == null) {
                JvmCharset.check(Charset.defaultCharset());
                ConnectHandles kafka = new ConnectHandles(CdcClasses.of(inner));
                records = new DefaultStripper(kafka, new MissingCreateEvents(kafka, defined), new LaterTables(defined));
            }
            args[0] = records.plain(args[0], (Collector<String>) args[1]);
            if (args[0] == null) {
                return null;
            }
        }
        try {
            return method.invoke(inner, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Each proxy is equal to itself alone. */
    private static Object ofObject(Object proxy, String method, Object[] args) {
        switch (method) {
            case "equals":
                return proxy == args[0];
            case "hashCode":
                return System.identityHashCode(proxy);
            case "toString":
                return "Debezium's JSON with true nulls";
            default:
                throw new FlinkRuntimeException("Object." + method + " is not asked of a proxy");
        }
    }
}
