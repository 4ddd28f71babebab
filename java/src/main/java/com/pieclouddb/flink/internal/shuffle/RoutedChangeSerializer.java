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
 * Moves messages from routers to writers, in the form that {@link RoutedChange} has.
 *
 * <p>Promises an instance of its own for each message that is read, as Flink expects, made by {@code new}: Flink's
 * serialiser of its {@code Value} types makes it by reflection, which took a seventh of the writer's thread. Nothing of
 * it is ever in a checkpoint.
 */
@Internal
public final class RoutedChangeSerializer extends TypeSerializerSingleton<RoutedChange> {

    /** What Flink wants to know of a stream of messages. */
    public static final TypeInformation<RoutedChange> TYPE = new Type();

    private static final long serialVersionUID = 1L;

    private static final int NO_FIXED_LENGTH = -1;

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public RoutedChange createInstance() {
        return new RoutedChange();
    }

    @Override
    public RoutedChange copy(RoutedChange from) {
        return from.copy();
    }

    @Override
    public RoutedChange copy(RoutedChange from, RoutedChange reuse) {
        from.copyTo(reuse);
        return reuse;
    }

    @Override
    public int getLength() {
        return NO_FIXED_LENGTH;
    }

    @Override
    public void serialize(RoutedChange message, DataOutputView target) throws IOException {
        message.write(target);
    }

    @Override
    public RoutedChange deserialize(DataInputView source) throws IOException {
        return deserialize(createInstance(), source);
    }

    @Override
    public RoutedChange deserialize(RoutedChange reuse, DataInputView source) throws IOException {
        reuse.read(source);
        return reuse;
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    @Override
    public TypeSerializerSnapshot<RoutedChange> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Asked for by Flink of every serialiser. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<RoutedChange> {

        public Snapshot() {
            super(RoutedChangeSerializer::new);
        }
    }

    /**
     * Says no more than who serialises. {@code TypeInformation.createSerializer} has another signature in Flink 2, and
     * this is the class of Flink's that implements it in all lines for a serialiser that it is given.
     */
    private static final class Type extends BasicTypeInfo<RoutedChange> {

        private static final long serialVersionUID = 1L;

        Type() {
            super(RoutedChange.class, new Class<?>[0], new RoutedChangeSerializer(), null);
        }
    }
}
