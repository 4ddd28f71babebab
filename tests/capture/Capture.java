import java.io.Writer;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/**
 * Writes what Flink CDC's MySQL source emits, one record a line, until a record has the text {@code the end}.
 *
 * <p>One program for both lines of Flink CDC: their packages differ, the methods that are used here do not, so all of
 * CDC is reached by reflection. Run by tests/capture/run, in one process with a MiniCluster.
 */
public final class Capture {
    private Capture() {}

    public static void main(String[] args) throws Exception {
        // PORT USER PASSWORD DATABASE SERVER_TIME_ZONE ENVELOPE NULLS NEWLY_ADDED FILE
        Source<String, ?, ?> source = source(args);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        // More readers than one go from the snapshot to the log only with a checkpoint.
        env.setParallelism(1);
        try (CloseableIterator<String> records = env.fromSource(source, WatermarkStrategy.noWatermarks(), "mysql")
                        .executeAndCollect();
                Writer out = Files.newBufferedWriter(Path.of(args[8]), StandardCharsets.UTF_8)) {
            String record = "";
            while (!record.contains("the end") && records.hasNext()) {
                record = records.next();
                if (record.indexOf('\n') >= 0) {
                    throw new IllegalStateException("a record of more than one line");
                }
                out.write(record + "\n");
                out.flush();
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Source<String, ?, ?> source(String[] args) throws ReflectiveOperationException {
        Cdc cdc = Cdc.find();
        Object schema = cdc.type("debezium.JsonDebeziumDeserializationSchema")
                .getConstructor(Boolean.class)
                .newInstance(Boolean.valueOf(args[5]));
        if (Boolean.parseBoolean(args[6])) {
            Class<?> kind = cdc.type("debezium.DebeziumDeserializationSchema");
            schema = Proxy.newProxyInstance(
                    Capture.class.getClassLoader(), new Class<?>[] {kind}, new NullPreservingDeserializer(cdc, schema));
        }
        // With it, which is the default, years below 100 become years of this century and the last.
        Properties debezium = new Properties();
        debezium.setProperty("enable.time.adjuster", "false");
        Object builder = cdc.type("connectors.mysql.source.MySqlSource")
                .getMethod("builder")
                .invoke(null);
        Map<String, Object> settings = Map.ofEntries(
                Map.entry("hostname", "127.0.0.1"),
                Map.entry("port", Integer.valueOf(args[0])),
                Map.entry("username", args[1]),
                Map.entry("password", args[2]),
                Map.entry("databaseList", new String[] {args[3]}),
                Map.entry("tableList", new String[] {args[3] + "\\..*"}),
                Map.entry("serverTimeZone", args[4]),
                Map.entry("deserializer", schema),
                Map.entry("debeziumProperties", debezium),
                Map.entry("includeSchemaChanges", true),
                Map.entry("scanNewlyAddedTableEnabled", Boolean.valueOf(args[7])));
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            set(builder, setting.getKey(), setting.getValue());
        }
        return (Source<String, ?, ?>) builder.getClass().getMethod("build").invoke(builder);
    }

    private static void set(Object builder, String name, Object value) throws ReflectiveOperationException {
        for (Method method : builder.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == 1) {
                method.invoke(builder, value);
                return;
            }
        }
        throw new NoSuchMethodException(name);
    }
}
