package com.pieclouddb.flink.internal.shuffle;

import com.pieclouddb.flink.internal.row.RowImage;
import java.io.IOException;
import java.util.UUID;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * What a router sends to a writer: a row, or what the rows of a number are.
 *
 * <p>A row names its table by a number of its router; before the first of them a message on the same channel has said
 * which table that is and how it is opened. The form is compact and made for reuse: an instance holds one message and
 * is filled again and again. It is only ever on its way, never in a checkpoint, so its bytes need no version.
 */
@Internal
public final class ShuffleRecord {

    private boolean row;
    private int slot;
    private long router;
    private int number;

    /** Of a row. */
    private final RowImage image = new RowImage();

    /** Of all others: tells two routers with one number apart. */
    private UUID routerId;

    /** What tells apart the sources of a target's rows. */
    private String source;

    private PackedTableSpec form;

    /** The table is to be opened, whether or not rows follow. */
    private boolean opening;

    public ShuffleRecord() {}

    public ShuffleRecord setRow(int slot, long router, int number, RowImage source) {
        setHead(true, slot, router, number);
        image.pointTo(source);
        return this;
    }

    public ShuffleRecord setTable(int slot, long router, UUID routerId, SchemaVersion of) {
        setHead(false, slot, router, of.number());
        this.routerId = routerId;
        source = of.source();
        form = of.form();
        opening = false;
        return this;
    }

    /** The same, of a table that is to be opened at once. */
    ShuffleRecord opening() {
        opening = true;
        return this;
    }

    private void setHead(boolean row, int slot, long router, int number) {
        this.row = row;
        this.slot = slot;
        this.router = router;
        this.number = number;
    }

    public boolean isRow() {
        return row;
    }

    /** Which of the {@link KeySlots} it belongs to. */
    public int slot() {
        return slot;
    }

    /** The router's short name, in every message. */
    public long router() {
        return router;
    }

    /** The router's number for a table with a certain schema. */
    public int number() {
        return number;
    }

    public RowImage image() {
        return image;
    }

    public UUID routerId() {
        return routerId;
    }

    /** With the table, what the number takes the place of: an earlier one of the same source is not used any more. */
    public String source() {
        return source;
    }

    /** What the rows of the number are. */
    public PackedTableSpec form() {
        return form;
    }

    /** With the table: it is to be opened, whether or not rows follow. */
    public boolean isOpening() {
        return opening;
    }

    void write(DataOutputView out) throws IOException {
        out.writeBoolean(row);
        out.writeByte(slot);
        out.writeLong(router);
        out.writeInt(number);
        if (row) {
            image.write(out);
        } else {
            out.writeLong(routerId.getMostSignificantBits());
            out.writeLong(routerId.getLeastSignificantBits());
            StringValue.writeString(source, out);
            form.write(out);
            out.writeBoolean(opening);
        }
    }

    void read(DataInputView in) throws IOException {
        setHead(in.readBoolean(), in.readUnsignedByte(), in.readLong(), in.readInt());
        if (row) {
            image.read(in);
        } else {
            routerId = new UUID(in.readLong(), in.readLong());
            source = StringValue.readString(in);
            form = PackedTableSpec.read(in);
            opening = in.readBoolean();
        }
    }

    void copyTo(ShuffleRecord target) {
        target.setHead(row, slot, router, number);
        target.image.copyFrom(image);
        target.routerId = routerId;
        target.source = source;
        target.form = form;
        target.opening = opening;
    }

    public ShuffleRecord copy() {
        ShuffleRecord copy = new ShuffleRecord();
        copyTo(copy);
        return copy;
    }
}
