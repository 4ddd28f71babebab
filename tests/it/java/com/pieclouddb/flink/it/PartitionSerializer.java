package com.pieclouddb.flink.it;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.InstantiationUtil;

/** Java's own form, which tests may use: no state of theirs is read by another version of them. */
final class PartitionSerializer<T extends Serializable> implements SimpleVersionedSerializer<T> {

    @Override
    public int getVersion() {
        return 1;
    }

    @Override
    public byte[] serialize(T state) throws IOException {
        return InstantiationUtil.serializeObject(state);
    }

    @Override
    public T deserialize(int version, byte[] bytes) throws IOException {
        try {
            return InstantiationUtil.deserializeObject(bytes, getClass().getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IOException(e);
        }
    }
}
