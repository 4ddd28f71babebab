package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.conf.StartupPoint;
import com.pieclouddb.flink.sync.handles.CdcHandles;
import com.pieclouddb.flink.sync.handles.ReplayHandles;
import com.pieclouddb.flink.sync.mysql.SessionVariables;
import com.pieclouddb.flink.sync.records.NullPreservingDeserializer;
import com.pieclouddb.flink.sync.tables.TableSelection;
import com.pieclouddb.flink.sync.watch.ReplayedTables;
import com.pieclouddb.flink.sync.watch.WatchedSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ObjectPath;

/**
 * Makes Flink CDC's MySQL source of either line, which tells rows and changes of definitions as Debezium's JSON.
 *
 * <p>All of CDC is reached by reflection, on methods that both lines have. What the settings mean for exactness is
 * {@link MySqlConf}'s; that NULL stays NULL is {@link NullPreservingDeserializer}'.
 */
@Internal
public final class CdcSource {

    private final CdcClasses cdc;
    private final MySqlConf conf;

    public CdcSource(CdcClasses cdc, MySqlConf conf) {
        this.cdc = cdc;
        this.conf = conf;
    }

    /**
     * The source.
     *
     * @param planned which databases and tables, also of those to come
     * @param defined tables whose definition the sink has from the start
     * @param charsets names by the numbers of the server's collations
     * @param cut columns by which tables are cut, where it is not the first of the key
     * @param replayed tables that may be told a change twice
     */
    @SuppressWarnings("unchecked")
    public Source<String, ?, ?> source(
            PlannedSource planned,
            Collection<SourceName> defined,
            Map<Integer, String> charsets,
            Map<SourceName, String> cut,
            ReplayedTables replayed) {
        // A CDC that cannot be watched is refused here, not by the job.
        CdcHandles.of(cdc);
        ReplayHandles.of(cdc);
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("hostname", conf.text(MySqlOption.HOSTNAME));
        settings.put("port", conf.number(MySqlOption.PORT));
        settings.put("username", conf.text(MySqlOption.USERNAME));
        settings.put("password", conf.text(MySqlOption.PASSWORD));
        settings.put("databaseList", new String[] {planned.selection().databasePattern()});
        settings.put("tableList", new String[] {planned.selection().pattern(planned.without())});
        settings.put("serverTimeZone", "UTC");
        settings.put("splitSize", conf.number(MySqlOption.CHUNK_SIZE));
        settings.put("fetchSize", conf.number(MySqlOption.FETCH_SIZE));
        settings.put("connectTimeout", conf.duration(MySqlOption.CONNECT_TIMEOUT));
        settings.put("heartbeatInterval", conf.duration(MySqlOption.HEARTBEAT_INTERVAL));
        settings.put("jdbcProperties", SessionVariables.ofRows(conf.jdbc(), planned.isolationVariable()));
        settings.put("debeziumProperties", conf.debezium());
        // The sink reads a table's rows by the definitions that the stream tells.
        settings.put("includeSchemaChanges", true);
        // With it, rows of a table that is created meanwhile would be missing until the next restart.
        settings.put("scanNewlyAddedTableEnabled", false);
        conf.find(MySqlOption.SERVER_ID).ifPresent(id -> settings.put("serverId", id));
        try {
            settings.put(
                    "startupOptions", StartupPoint.of(cdc.type("connectors.mysql.table.StartupOptions"), conf::find));
            settings.put("deserializer", deserializer(defined));
            Object builder = cdc.type("connectors.mysql.source.MySqlSource")
                    .getMethod("builder")
                    .invoke(null);
            for (Map.Entry<String, Object> setting : settings.entrySet()) {
                set(builder, setting.getKey(), setting.getValue());
            }
            Method chunkKey = builder.getClass().getMethod("chunkKeyColumn", ObjectPath.class, String.class);
            for (Map.Entry<SourceName, String> key : cut.entrySet()) {
                chunkKey.invoke(
                        builder,
                        new ObjectPath(
                                TableSelection.whole(key.getKey().database()),
                                TableSelection.whole(key.getKey().table())),
                        key.getValue());
            }
            return checked(
                    (Source<String, ?, ?>) builder.getClass().getMethod("build").invoke(builder),
                    planned,
                    charsets,
                    replayed);
        } catch (InvocationTargetException e) {
            throw new ValidationException("Flink CDC does not make a source of --mysql-conf: "
                    + e.getCause().getMessage());
        } catch (ReflectiveOperationException e) {
            throw new ValidationException("This Flink CDC cannot be used, it lacks " + e.getMessage()
                    + "; 2.4.0 and 3.5.0 are known to work");
        }
    }

    private <SplitT extends SourceSplit, StateT> Source<String, SplitT, SourceState> checked(
            Source<String, SplitT, StateT> source,
            PlannedSource planned,
            Map<Integer, String> charsets,
            ReplayedTables replayed) {
        return new CheckedSource<>(new WatchedSource<>(source, conf, charsets, replayed), planned);
    }

    /** CDC's own to JSON, without the envelope of schemas, behind ours. */
    private Object deserializer(Collection<SourceName> defined) throws ReflectiveOperationException {
        Object json = cdc.type("debezium.JsonDebeziumDeserializationSchema")
                .getConstructor(Boolean.class)
                .newInstance(false);
        return Proxy.newProxyInstance(
                CdcSource.class.getClassLoader(),
                new Class<?>[] {cdc.type("debezium.DebeziumDeserializationSchema")},
                new NullPreservingDeserializer(json, defined));
    }

    private static void set(Object builder, String name, Object value) throws ReflectiveOperationException {
        for (Method method : builder.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == 1) {
                method.invoke(builder, value);
                return;
            }
        }
        throw new NoSuchMethodException(builder.getClass().getSimpleName() + "." + name);
    }
}
