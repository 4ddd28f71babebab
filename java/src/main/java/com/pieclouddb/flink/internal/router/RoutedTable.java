package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.row.RowImage;
import com.pieclouddb.flink.internal.row.RowImages;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import com.pieclouddb.flink.internal.shuffle.KeySlots;
import com.pieclouddb.flink.internal.shuffle.PackedTableSpec;
import com.pieclouddb.flink.internal.shuffle.RoundRobinSlots;
import com.pieclouddb.flink.internal.shuffle.RouterMessages;
import com.pieclouddb.flink.internal.shuffle.SchemaVersion;
import com.pieclouddb.flink.internal.spec.SpecText;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * A table with one schema inside a router: its form, and its rows' slots and images.
 *
 * <p>A table that changes its schema becomes another instance with another number. Rows without a key that counts go
 * round the slots.
 */
final class RoutedTable {

    private final TableId id;
    private final RowType rowType;
    private final SchemaVersion form;
    private final RowImages images;

    /** Null where any slot is as good. */
    private final KeySlots slots;

    private final RoundRobinSlots turns;

    /**
     * A table with its present schema.
     *
     * @param images makes the images of its rows, and maybe of other tables' rows of the same type
     */
    RoutedTable(
            RouterMessages messages,
            TableId id,
            TableSchema schema,
            LoadMode loadMode,
            SinkSettings settings,
            RowImages images) {
        this.id = id;
        rowType = schema.rowType();
        int[] key = loadMode == LoadMode.MERGE
                ? schema.primaryKey().stream().mapToInt(rowType::getFieldIndex).toArray()
                : new int[0];
        form = messages.number("", PackedTableSpec.of(id, SpecText.table(settings, id, loadMode, rowType, key)));
        this.images = images;
        slots = key.length == 0 ? null : new KeySlots(rowType, key, id.hashCode());
        turns = new RoundRobinSlots(id.hashCode() + form.number());
    }

    SchemaVersion form() {
        return form;
    }

    /** The slot of a row that has the schema's form, as far as it can be seen. */
    int slot(RowData row) throws PieCloudDBException {
        if (row.getArity() != rowType.getFieldCount()) {
            throw unfit(
                    "has " + row.getArity() + " columns, but the table's last schema has " + rowType.getFieldCount());
        }
        if (slots == null) {
            return turns.next();
        }
        try {
            return slots.slot(row);
        } catch (ClassCastException e) {
            throw unfit(e);
        }
    }

    RowImage image(RowData row) throws PieCloudDBException {
        try {
            return images.of(row);
        } catch (ClassCastException e) {
            throw unfit(e);
        }
    }

    private PieCloudDBException unfit(ClassCastException e) {
        // Its message names classes only.
        return unfit("has a value of another type than the table's last schema: " + e.getMessage());
    }

    private PieCloudDBException unfit(String what) {
        return new PieCloudDBException.Permanent(
                PieCloudDBException.Kind.DATA,
                "a row of table '" + id + "' " + what
                        + "; the converter must give TableChange.schema(...) before the first row of a new form");
    }
}
