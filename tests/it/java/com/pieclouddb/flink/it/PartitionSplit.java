package com.pieclouddb.flink.it;

import java.io.Serializable;
import org.apache.flink.api.connector.source.SourceSplit;

/** A partition and where a source stands in it. */
final class PartitionSplit implements SourceSplit, Serializable {

    private static final long serialVersionUID = 1L;

    final int partition;

    /** What is told next. */
    int position;

    /** Whose state this is: one that completed, once it is restored. Before the first, 0. */
    final long checkpoint;

    PartitionSplit(int partition, int position, long checkpoint) {
        this.partition = partition;
        this.position = position;
        this.checkpoint = checkpoint;
    }

    @Override
    public String splitId() {
        return String.valueOf(partition);
    }
}
