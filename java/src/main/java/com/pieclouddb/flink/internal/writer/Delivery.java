package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.commit.Committable;
import com.pieclouddb.flink.internal.jni.LoadSession;
import java.util.List;

/**
 * What one writer does for its guarantee beyond loading rows: one type per guarantee, over the same session.
 *
 * <p>{@link LoadWriter} calls it on the task thread, after the flush of a checkpoint.
 */
interface Delivery {

    /** The text of the writer's session. */
    String sessionSpec();

    /** What the checkpoint that is being taken will publish when it has completed. */
    List<Committable> prepareCommit(LoadSession session) throws PieCloudDBException;

    /** What must be known to whoever takes the writer's place. */
    WriterState state();
}
