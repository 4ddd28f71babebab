package com.pieclouddb.flink.it;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many periods each partition of a {@link PeriodSource} had emitted at each checkpoint, and which checkpoints
 * completed; found by name, since sources are shipped as bytes.
 */
final class Periods {

    private static final Map<String, Periods> NAMED = new ConcurrentHashMap<>();

    private final Map<Long, Map<Integer, Integer>> atCheckpoint = new ConcurrentHashMap<>();
    private final Set<Long> completed = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Integer> atEnd = new ConcurrentHashMap<>();

    /** Partitions whose next snapshot waits until the set is empty again. */
    private final Set<Integer> held = ConcurrentHashMap.newKeySet();

    static Periods named(String name) {
        return NAMED.computeIfAbsent(name, n -> new Periods());
    }

    void snapshot(long checkpoint, int partition, int periods) {
        atCheckpoint
                .computeIfAbsent(checkpoint, id -> new ConcurrentHashMap<>())
                .put(partition, periods);
    }

    void completed(long checkpoint) {
        completed.add(checkpoint);
    }

    void ended(int partition, int periods) {
        atEnd.put(partition, periods);
    }

    /** From now on the partition's snapshots do not end, although its barriers went on. */
    void hold(int partition) {
        held.add(partition);
    }

    void release(int partition) {
        synchronized (held) {
            held.remove(partition);
            held.notifyAll();
        }
    }

    void awaitRelease(int partition) throws InterruptedException {
        synchronized (held) {
            while (held.contains(partition)) {
                held.wait();
            }
        }
    }

    /**
     * The states that readers may see: how many periods of each partition, at nothing, at each completed checkpoint, at
     * the end.
     */
    Set<List<Integer>> completedStates(int partitions) {
        Set<List<Integer>> states = new HashSet<>();
        states.add(state(partitions, Map.of(), 0));
        for (long checkpoint : completed) {
            // Of a partition that had ended there is none.
            Map<Integer, Integer> periods = atCheckpoint.getOrDefault(checkpoint, Map.of());
            states.add(IntStream.range(0, partitions)
                    .mapToObj(partition -> periods.getOrDefault(partition, atEnd.get(partition)))
                    .collect(Collectors.toList()));
        }
        states.add(atEnd(partitions));
        return states;
    }

    /** The state at the end of the input. */
    List<Integer> atEnd(int partitions) {
        return state(partitions, atEnd, 0);
    }

    /** The same of checkpoints that did not complete, and are no other's. */
    Set<List<Integer>> abortedStates(int partitions) {
        Set<List<Integer>> states = new HashSet<>();
        atCheckpoint.forEach((checkpoint, periods) -> {
            if (!completed.contains(checkpoint) && periods.size() == partitions) {
                states.add(state(partitions, periods, 0));
            }
        });
        states.removeAll(completedStates(partitions));
        return states;
    }

    private static List<Integer> state(int partitions, Map<Integer, Integer> periods, int otherwise) {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> periods.getOrDefault(partition, otherwise))
                .collect(Collectors.toList());
    }
}
