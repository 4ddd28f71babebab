package com.pieclouddb.flink.internal.flink2;

import com.pieclouddb.flink.internal.commit.Committable;
import com.pieclouddb.flink.internal.writer.LoadWriter;
import com.pieclouddb.flink.internal.writer.WriterState;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;

/**
 * A writer under the interface names that Flink 2 asks for; everything it does is {@link LoadWriter}'s.
 *
 * @param <T> the stream's type
 */
final class Flink2Writer<T> implements StatefulSinkWriter<T, WriterState>, CommittingSinkWriter<T, Committable> {

    private final LoadWriter<T> writer;

    Flink2Writer(LoadWriter<T> writer) {
        this.writer = writer;
    }

    @Override
    public void write(T element, Context context) throws IOException, InterruptedException {
        writer.write(element, context);
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        writer.flush(endOfInput);
    }

    @Override
    public Collection<Committable> prepareCommit() throws IOException {
        return writer.prepareCommit();
    }

    @Override
    public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
        writer.writeWatermark(watermark);
    }

    @Override
    public List<WriterState> snapshotState(long checkpointId) {
        return writer.snapshotState(checkpointId);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
