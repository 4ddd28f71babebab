package com.pieclouddb.flink.sync.records;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.ConnectHandles;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.StopMessage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.annotation.Internal;

/**
 * Makes the schema event that Flink CDC leaves out: of a table that was created after the job was planned, but before
 * its readers followed the log. CDC then knows the table, and its rows come without a definition.
 *
 * <p>The definition is what the rows' own schema says, in the form of a record with {@code historyRecord}. It is made
 * once for a table, and not for one that was defined when the job was planned or by the stream. Comments are left out,
 * as in CDC's own events.
 */
@Internal
public final class MissingCreateEvents {

    /** Debezium writes the type of a column into its schema under these names, which {@code MySqlConf} asks for. */
    private static final String TYPE = "__debezium.source.column.type";

    private static final String LENGTH = "__debezium.source.column.length";
    private static final String SCALE = "__debezium.source.column.scale";

    private final ConnectHandles kafka;
    private final Set<SourceName> told;

    MissingCreateEvents(ConnectHandles kafka, Set<SourceName> defined) {
        this.kafka = kafka;
        told = new HashSet<>(defined);
    }

    /** A schema event of the stream itself. */
    void onSchemaEvent(Object event) throws Throwable {
        String history = (String) kafka.read.invoke(event, "historyRecord");
        if (history != null && history.contains("\"tableChanges\":[{")) {
            told.add(name(event));
        }
    }

    /**
     * The event for the table of a row.
     *
     * @param record the record, whose key has the columns of the primary key
     * @param row the schema of the row
     * @return null where the table is defined
     */
    String event(Object record, Object row) throws Throwable {
        SourceName name = name(kafka.value.invoke(record));
        if (!told.add(name)) {
            return null;
        }
        List<String> key = new ArrayList<>();
        Object keySchema = kafka.keySchema.invoke(record);
        if (keySchema != null) {
            for (Object field : kafka.fields(keySchema)) {
                key.add(quoted((String) kafka.fieldName.invoke(field)));
            }
        }
        List<String> columns = new ArrayList<>();
        for (Object field : kafka.fields(row)) {
            columns.add(column(field));
        }
        String id = inDoubleQuotes(name.database()) + "." + inDoubleQuotes(name.table());
        String history = "{\"databaseName\":" + quoted(name.database())
                + ",\"ddl\":\"\",\"tableChanges\":[{\"type\":\"CREATE\",\"id\":"
                + quoted(id) + ",\"table\":{\"primaryKeyColumnNames\":[" + String.join(",", key) + "],\"columns\":["
                + String.join(",", columns) + "]}}]}";
        return "{\"source\":{\"db\":" + quoted(name.database()) + ",\"table\":" + quoted(name.table())
                + "},\"historyRecord\":" + quoted(history) + "}";
    }

    private String column(Object field) throws Throwable {
        Object schema = kafka.fieldSchema.invoke(field);
        Map<?, ?> parameters = (Map<?, ?>) kafka.parameters.invoke(schema);
        String name = (String) kafka.fieldName.invoke(field);
        if (parameters == null || parameters.get(TYPE) == null) {
            throw new IllegalStateException("Debezium does not say of which type column '" + name + "' is");
        }
        StringBuilder column = new StringBuilder("{\"name\":")
                .append(quoted(name))
                .append(",\"typeName\":")
                .append(quoted(parameters.get(TYPE).toString()))
                .append(",\"optional\":")
                .append((boolean) kafka.isOptional.invoke(schema));
        // Numbers, which Debezium keeps as texts.
        if (parameters.get(LENGTH) != null) {
            column.append(",\"length\":").append(parameters.get(LENGTH));
        }
        if (parameters.get(SCALE) != null) {
            column.append(",\"scale\":").append(parameters.get(SCALE));
        }
        return column.append('}').toString();
    }

    SourceName name(Object value) throws Throwable {
        Object source = kafka.read.invoke(value, "source");
        return new SourceName(
                String.valueOf(kafka.read.invoke(source, "db")), String.valueOf(kafka.read.invoke(source, "table")));
    }

    /** What a job says that stops in front of a row. */
    String stop(Object value, String reason) throws Throwable {
        Object source = kafka.read.invoke(value, "source");
        String file = (String) kafka.read.invoke(source, "file");
        return file == null || file.isEmpty()
                ? StopMessage.inSnapshot(reason)
                : StopMessage.at(
                        new LogPosition(file, ((Number) kafka.read.invoke(source, "pos")).longValue()), reason);
    }

    private static String inDoubleQuotes(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** As a text of JSON. */
    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c == '"' || c == '\\' ? "\\" : "").append(c);
            }
        }
        return json.append('"').toString();
    }
}
