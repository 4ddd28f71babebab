package com.pieclouddb.flink.internal.shuffle;

import com.pieclouddb.flink.internal.row.RowImage;
import java.util.UUID;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.Collector;

/**
 * What one router says to the writers, under a name that it draws for itself.
 *
 * <p>Promises that a slot is told of a form before the first row of it: a channel keeps order, so the writer knows it
 * first. It gives forms their numbers and uses one message again and again.
 */
@Internal
public final class RouterMessages {

    private final UUID id = UUID.randomUUID();
    private final long name = id.getLeastSignificantBits();
    private final ShuffleRecord message = new ShuffleRecord();
    private int forms;

    /**
     * Gives a form a number.
     *
     * @param source what tells apart the sources of rows that share a target; the writers forget a source's older forms
     */
    public SchemaVersion number(String source, PackedTableSpec form) {
        return new SchemaVersion(forms++, source, form);
    }

    /** Has the writer of a slot open the form's table, also if no row follows. */
    public void open(SchemaVersion form, int slot, Collector<ShuffleRecord> out) {
        form.announceTo(slot);
        out.collect(message.setTable(slot, name, id, form).opening());
    }

    public void send(SchemaVersion form, int slot, RowImage image, Collector<ShuffleRecord> out) {
        if (form.announceTo(slot)) {
            out.collect(message.setTable(slot, name, id, form));
        }
        out.collect(message.setRow(slot, name, form.number(), image));
    }
}
