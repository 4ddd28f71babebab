package com.pieclouddb.flink.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;

/** Gives each reader its lanes once, by their numbers; which of them a restored reader has, its state says. */
final class LaneSplits implements SplitEnumerator<LaneSplit, ArrayList<LaneSplit>> {

    private final SplitEnumeratorContext<LaneSplit> context;
    private final ArrayList<LaneSplit> unassigned;

    LaneSplits(SplitEnumeratorContext<LaneSplit> context, ArrayList<LaneSplit> unassigned) {
        this.context = context;
        this.unassigned = unassigned;
    }

    @Override
    public void start() {}

    @Override
    public void addReader(int subtask) {
        List<LaneSplit> its = unassigned.stream()
                .filter(split -> split.lane % context.currentParallelism() == subtask)
                .collect(Collectors.toList());
        if (!its.isEmpty()) {
            unassigned.removeAll(its);
            context.assignSplits(new SplitsAssignment<>(Map.of(subtask, its)));
        }
        context.signalNoMoreSplits(subtask);
    }

    /** Of a reader that failed before a checkpoint had them. */
    @Override
    public void addSplitsBack(List<LaneSplit> splits, int subtask) {
        unassigned.addAll(splits);
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {
        throw new IllegalStateException("no reader of lanes asks for more");
    }

    @Override
    public ArrayList<LaneSplit> snapshotState(long checkpoint) {
        return new ArrayList<>(unassigned);
    }

    @Override
    public void close() {}
}
