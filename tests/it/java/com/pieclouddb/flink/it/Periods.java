package com.pieclouddb.flink.it;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many periods each lane of a {@link PeriodSource} had emitted at each checkpoint, and which checkpoints completed;
 * found by name, since sources are shipped as bytes.
 */
final class Periods {

    private static final Map<String, Periods> NAMED = new ConcurrentHashMap<>();

    private final Map<Long, Map<Integer, Integer>> atCheckpoint = new ConcurrentHashMap<>();
    private final Set<Long> completed = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Integer> atEnd = new ConcurrentHashMap<>();

    /** Lanes whose next snapshot waits until the set is empty again. */
    private final Set<Integer> held = ConcurrentHashMap.newKeySet();

    static Periods named(String name) {
        return NAMED.computeIfAbsent(name, n -> new Periods());
    }

    void snapshot(long checkpoint, int lane, int periods) {
        atCheckpoint
                .computeIfAbsent(checkpoint, id -> new ConcurrentHashMap<>())
                .put(lane, periods);
    }

    void completed(long checkpoint) {
        completed.add(checkpoint);
    }

    void ended(int lane, int periods) {
        atEnd.put(lane, periods);
    }

    /** From now on the lane's snapshots do not end, although its barriers went on. */
    void hold(int lane) {
        held.add(lane);
    }

    void release(int lane) {
        synchronized (held) {
            held.remove(lane);
            held.notifyAll();
        }
    }

    void awaitRelease(int lane) throws InterruptedException {
        synchronized (held) {
            while (held.contains(lane)) {
                held.wait();
            }
        }
    }

    /**
     * The states that readers may see: how many periods of each lane, at nothing, at each completed checkpoint, at the
     * end.
     */
    Set<List<Integer>> completedStates(int lanes) {
        Set<List<Integer>> states = new HashSet<>();
        states.add(state(lanes, Map.of(), 0));
        for (long checkpoint : completed) {
            // Of a lane that had ended there is none.
            Map<Integer, Integer> periods = atCheckpoint.getOrDefault(checkpoint, Map.of());
            states.add(IntStream.range(0, lanes)
                    .mapToObj(lane -> periods.getOrDefault(lane, atEnd.get(lane)))
                    .collect(Collectors.toList()));
        }
        states.add(atEnd(lanes));
        return states;
    }

    /** The state at the end of the input. */
    List<Integer> atEnd(int lanes) {
        return state(lanes, atEnd, 0);
    }

    /** The same of checkpoints that did not complete, and are no other's. */
    Set<List<Integer>> abortedStates(int lanes) {
        Set<List<Integer>> states = new HashSet<>();
        atCheckpoint.forEach((checkpoint, periods) -> {
            if (!completed.contains(checkpoint) && periods.size() == lanes) {
                states.add(state(lanes, periods, 0));
            }
        });
        states.removeAll(completedStates(lanes));
        return states;
    }

    private static List<Integer> state(int lanes, Map<Integer, Integer> periods, int otherwise) {
        return IntStream.range(0, lanes)
                .mapToObj(lane -> periods.getOrDefault(lane, otherwise))
                .collect(Collectors.toList());
    }
}
