package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.jni.NativeSession;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEventType;
import org.apache.flink.cdc.common.exceptions.SchemaEvolveException;
import org.apache.flink.cdc.common.exceptions.UnsupportedSchemaChangeEventException;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.sink.MetadataApplier;

/**
 * Lets targets follow the schemas of a pipeline, in the JobManager, while all writers wait with everything of the old
 * form durable: as a writer that opens a table, but for no row.
 *
 * <p>A target is created, or enlarged; nothing is taken from it. Each change is applied by a session of its own, and
 * does nothing where it was applied before, so that a pipeline that starts again repeats it safely. What would take
 * something away is refused by its name, with what to do about it.
 */
final class TargetApplier implements MetadataApplier {

    private static final long serialVersionUID = 1L;

    private static final Set<String> SUPPORTED = Set.of("create.table", "add.column", "alter.column.type");

    private final SinkSettings settings;
    private final Duration lockTimeout;

    /** By their tags, since the enumeration has other members in each version; null until the pipeline tells. */
    private Set<String> accepted;

    TargetApplier(SinkSettings settings, Duration lockTimeout) {
        // A sink's other sessions have its name, and no others may: this one opens before it is known which sink it is.
        SinkSettings own = settings.without(PieCloudDBOptions.LABEL_PREFIX);
        // It loads nothing, so its session is at-least-once; what repeats no row has nothing against a unique index.
        this.settings = own.get(PieCloudDBOptions.DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE
                ? own.with(PieCloudDBOptions.APPEND_ALLOW_UNIQUE, true)
                : own;
        this.lockTimeout = lockTimeout;
    }

    @Override
    public MetadataApplier setAcceptedSchemaEvolutionTypes(Set<SchemaChangeEventType> types) {
        accepted = types.stream().map(SchemaChangeEventType::getTag).collect(Collectors.toSet());
        return this;
    }

    /** What a pipeline does not want is left out; what it wants and cannot have is refused, not left out in silence. */
    @Override
    public boolean acceptsSchemaEvolutionType(SchemaChangeEventType type) {
        return accepted == null || accepted.contains(type.getTag());
    }

    @Override
    public Set<SchemaChangeEventType> getSupportedSchemaEvolutionTypes() {
        return Arrays.stream(SchemaChangeEventType.values())
                .filter(type -> SUPPORTED.contains(type.getTag()))
                .collect(Collectors.toSet());
    }

    @Override
    public void applySchemaChange(SchemaChangeEvent event) throws SchemaEvolveException {
        String tag = event.getType().getTag();
        if (!SUPPORTED.contains(tag)) {
            throw new UnsupportedSchemaChangeEventException(
                    event,
                    "the pieclouddb sink only enlarges targets, and does not apply " + tag + " to table '"
                            + event.tableId() + "': set the pipeline's 'schema.change.behavior' = 'lenient'; do not"
                            + " make the change on the target by hand, where Flink CDC keeps the columns as they were",
                    null);
        }
        try {
            Optional<String> spec = spec(event);
            if (spec.isPresent()) {
                open(spec.get());
            }
        } catch (PieCloudDBException e) {
            throw tag.equals("alter.column.type") && e.kind() == PieCloudDBException.Kind.TARGET
                    ? new UnsupportedSchemaChangeEventException(event, e.getMessage(), e)
                    : new SchemaEvolveException(event, e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchemaEvolveException(event, "interrupted while the server was busy", e);
        }
    }

    /** What the target has to have; empty where the table's rows are left out. */
    Optional<String> spec(SchemaChangeEvent event) throws PieCloudDBException {
        PipelineTables tables = new PipelineTables(settings);
        TableId target = tables.target(event.tableId());
        if (event instanceof CreateTableEvent) {
            Schema schema = ((CreateTableEvent) event).getSchema();
            Optional<LoadMode> mode = tables.loadMode(target, schema);
            return mode.isEmpty() ? Optional.empty() : Optional.of(tables.spec(target, mode.get(), schema));
        }
        List<Column> columns = event instanceof AddColumnEvent
                ? ((AddColumnEvent) event)
                        .getAddedColumns().stream()
                                .map(AddColumnEvent.ColumnWithPosition::getAddColumn)
                                .collect(Collectors.toList())
                : ((AlterColumnTypeEvent) event)
                        .getTypeMapping().entrySet().stream()
                                .map(entry -> Column.physicalColumn(entry.getKey(), entry.getValue()))
                                .collect(Collectors.toList());
        return Optional.of(tables.spec(target, columns));
    }

    private void open(String spec) throws PieCloudDBException, InterruptedException {
        String session = SpecText.withoutRows(settings, WriterIdentity.writer(UUID.randomUUID(), 0, 1, 0), lockTimeout);
        String library =
                settings.find(PieCloudDBOptions.NATIVE_LIBRARY_DIRECTORY).orElse(null);
        try (LoadSession opened = NativeSession.open(session, library)) {
            opened.openTable(spec);
            opened.flush();
        }
    }
}
