package com.pieclouddb.flink.sync.records;

import com.pieclouddb.flink.sync.cdc.ConnectHandles;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.Collector;

/**
 * Makes of a Kafka Connect record with NULLs in columns that have a DEFAULT one whose schema knows no defaults.
 *
 * <p>Kafka answers for such a field with the default, and every converter only asks. What must be looked at is planned
 * once for each schema, so that a record of a table without such columns costs one look into a map. It is used by one
 * thread. A value that Debezium could not read never comes here, see {@code ReadRows}.
 */
final class DefaultStripper {

    /**
     * Debezium makes schemas anew for each piece of a snapshot and each change of a table; old ones must not pile up.
     */
    private static final int MOST_PLANS = 2_000;

    private static final String[] ROWS = {"before", "after"};

    private final ConnectHandles kafka;
    private final Map<Object, Plan> plans = new IdentityHashMap<>();

    private final MissingCreateEvents untold;
    private final LaterTables later;

    DefaultStripper(ConnectHandles kafka, MissingCreateEvents untold, LaterTables later) {
        this.kafka = kafka;
        this.untold = untold;
        this.later = later;
    }

    /**
     * The record, or one without defaults that says the same of all else; null where its table is left out.
     *
     * @param out gets the definition of the record's table first, where nothing has told it
     */
    Object plain(Object record, Collector<String> out) throws Throwable {
        Object schema = kafka.valueSchema.invoke(record);
        Object value = kafka.value.invoke(record);
        if (schema == null || !kafka.isStruct(value)) {
            return record;
        }
        Plan plan = plans.get(schema);
        if (plan == null) {
            if (plans.size() == MOST_PLANS) {
                plans.clear();
            }
            plan = new Plan(schema);
            plans.put(schema, plan);
            plan.isLeftOut = later.isLeftOut(untold, value, plan.columns());
            if (!plan.isLeftOut) {
                plan.tellTable(record, out);
            }
        }
        if (plan.isHistory) {
            untold.onSchemaEvent(value);
        }
        if (plan.isLeftOut) {
            return null;
        }
        return plan.hides(value) ? kafka.withValue(record, plan.envelope(), plan.copy(value)) : record;
    }

    /** What one schema of records asks for. */
    private final class Plan {

        private final Object schema;
        private final List<?> fields;

        /** By place in {@link #ROWS}; null where the record has no such row. */
        private final RowPlan[] rows = new RowPlan[ROWS.length];

        /** Of changes of tables, not of rows. */
        private final boolean isHistory;

        private boolean needed;
        private boolean isLeftOut;
        private Object envelope;

        Plan(Object schema) throws Throwable {
            this.schema = schema;
            fields = kafka.fields(schema);
            isHistory = kafka.isStructSchema(schema) && kafka.field.invoke(schema, "historyRecord") != null;
            for (int i = 0; i < ROWS.length; i++) {
                Object field = kafka.isStructSchema(schema) ? kafka.field.invoke(schema, ROWS[i]) : null;
                Object row = field == null ? null : kafka.fieldSchema.invoke(field);
                if (row != null && kafka.isStructSchema(row)) {
                    rows[i] = new RowPlan(row);
                    needed |= !rows[i].hiding.isEmpty();
                }
            }
        }

        /** Names of the columns; none for records without rows. */
        List<String> columns() {
            RowPlan row = rows[0] == null ? rows[1] : rows[0];
            return row == null ? List.of() : row.names;
        }

        void tellTable(Object record, Collector<String> out) throws Throwable {
            RowPlan row = rows[0] == null ? rows[1] : rows[0];
            String event = row == null ? null : untold.event(record, row.schema);
            if (event != null) {
                out.collect(event);
            }
        }

        /** Whether a NULL of this record would be told as something else. */
        boolean hides(Object value) throws Throwable {
            if (!needed) {
                return false;
            }
            boolean hides = false;
            for (int i = 0; i < ROWS.length; i++) {
                hides |= rows[i] != null && rows[i].hides(kafka.read.invoke(value, ROWS[i]));
            }
            return hides;
        }

        Object envelope() throws Throwable {
            if (envelope == null) {
                envelope = kafka.copy(schema, name -> {
                    RowPlan row = row(name);
                    return row == null ? null : row.plain();
                });
            }
            return envelope;
        }

        Object copy(Object value) throws Throwable {
            Object made = kafka.newStruct.invoke(envelope());
            for (Object field : fields) {
                String name = (String) kafka.fieldName.invoke(field);
                Object of = kafka.read.invoke(value, name);
                RowPlan row = row(name);
                kafka.put.invoke(made, name, row == null || of == null ? of : row.copy(of));
            }
            return made;
        }

        private RowPlan row(String name) {
            return name.equals(ROWS[0]) ? rows[0] : name.equals(ROWS[1]) ? rows[1] : null;
        }
    }

    /** What the schema of one row asks for. */
    private final class RowPlan {

        final Object schema;
        private final List<String> names = new ArrayList<>();

        /** Columns that take NULL and have a default. */
        private final List<String> hiding = new ArrayList<>();

        private Object plain;

        RowPlan(Object schema) throws Throwable {
            this.schema = schema;
            for (Object field : kafka.fields(schema)) {
                String name = (String) kafka.fieldName.invoke(field);
                names.add(name);
                Object column = kafka.fieldSchema.invoke(field);
                if (kafka.defaultValue.invoke(column) != null && (boolean) kafka.isOptional.invoke(column)) {
                    hiding.add(name);
                }
            }
        }

        boolean hides(Object row) throws Throwable {
            if (row == null) {
                return false;
            }
            for (String name : hiding) {
                if (kafka.read.invoke(row, name) == null) {
                    return true;
                }
            }
            return false;
        }

        Object plain() throws Throwable {
            if (plain == null) {
                plain = kafka.copy(schema, name -> null);
            }
            return plain;
        }

        Object copy(Object row) throws Throwable {
            Object made = kafka.newStruct.invoke(plain());
            for (String name : names) {
                kafka.put.invoke(made, name, kafka.read.invoke(row, name));
            }
            return made;
        }
    }
}
