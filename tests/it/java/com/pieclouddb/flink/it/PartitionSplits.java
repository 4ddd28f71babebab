package com.pieclouddb.flink.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;

/** Gives each reader its partitions once, by their numbers; which of them a restored reader has, its state says. */
final class PartitionSplits implements SplitEnumerator<PartitionSplit, ArrayList<PartitionSplit>> {

    private final SplitEnumeratorContext<PartitionSplit> context;
    private final ArrayList<PartitionSplit> unassigned;

    PartitionSplits(SplitEnumeratorContext<PartitionSplit> context, ArrayList<PartitionSplit> unassigned) {
        this.context = context;
        this.unassigned = unassigned;
    }

    @Override
    public void start() {}

    @Override
    public void addReader(int subtask) {
        List<PartitionSplit> its = unassigned.stream()
                .filter(split -> split.partition % context.currentParallelism() == subtask)
                .collect(Collectors.toList());
        if (!its.isEmpty()) {
            unassigned.removeAll(its);
            context.assignSplits(new SplitsAssignment<>(Map.of(subtask, its)));
        }
        context.signalNoMoreSplits(subtask);
    }

    /** Of a reader that failed before a checkpoint had them. */
    @Override
    public void addSplitsBack(List<PartitionSplit> splits, int subtask) {
        unassigned.addAll(splits);
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {
        throw new IllegalStateException("no reader of partitions asks for more");
    }

    @Override
    public ArrayList<PartitionSplit> snapshotState(long checkpoint) {
        return new ArrayList<>(unassigned);
    }

    @Override
    public void close() {}
}
