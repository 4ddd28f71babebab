package com.pieclouddb.flink.internal.shuffle;

import java.io.IOException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Moves messages from routers to writers, in the form that {@link ShuffleRecord} has.
 *
 * <p>Promises an instance of its own for each message that is read, as Flink expects, made by {@code new}: Flink's
 * serialiser of its {@code Value} types makes it by reflection, which took a seventh of the writer's thread. Nothing of
 * it is ever in a checkpoint.
 */
@Internal
public final class ShuffleRecordSerializer extends TypeSerializerSingleton<ShuffleRecord> {

    /** What Flink wants to know of a stream of messages. */
    public static final TypeInformation<ShuffleRecord> TYPE = new Type();

    private static final long serialVersionUID = 1L;

    private static final int NO_FIXED_LENGTH = -1;

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public ShuffleRecord createInstance() {
        return new ShuffleRecord();
    }

    @Override
    public ShuffleRecord copy(ShuffleRecord from) {
        return from.copy();
    }

    @Override
    public ShuffleRecord copy(ShuffleRecord from, ShuffleRecord reuse) {
        from.copyTo(reuse);
        return reuse;
    }

    @Override
    public int getLength() {
        return NO_FIXED_LENGTH;
    }

    @Override
    public void serialize(ShuffleRecord message, DataOutputView target) throws IOException {
        message.write(target);
    }

    @Override
    public ShuffleRecord deserialize(DataInputView source) throws IOException {
        return deserialize(createInstance(), source);
    }

    @Override
    public ShuffleRecord deserialize(ShuffleRecord reuse, DataInputView source) throws IOException {
        reuse.read(source);
        return reuse;
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    @Override
    public TypeSerializerSnapshot<ShuffleRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Asked for by Flink of every serialiser. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<ShuffleRecord> {

        public Snapshot() {
            super(ShuffleRecordSerializer::new);
        }
    }

    /**
     * Says no more than who serialises. {@code TypeInformation.createSerializer} has another signature in Flink 2, and
     * this is the class of Flink's that implements it in all lines for a serialiser that it is given.
     */
    private static final class Type extends BasicTypeInfo<ShuffleRecord> {

        private static final long serialVersionUID = 1L;

        Type() {
            super(ShuffleRecord.class, new Class<?>[0], new ShuffleRecordSerializer(), null);
        }
    }
}
