package com.pieclouddb.flink.internal.settings;

import java.util.Collection;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/**
 * Finds the known name that somebody probably meant.
 *
 * <p>Promises a suggestion only where few letters differ; a distant one would mislead. It decides nothing.
 */
@Internal
public final class NearestName {

    private NearestName() {}

    public static Optional<String> of(String given, Collection<String> known) {
        String nearest = null;
        int best = Math.max(2, given.length() / 3) + 1;
        for (String name : known) {
            int distance = distance(given, name);
            if (distance < best) {
                best = distance;
                nearest = name;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Levenshtein's edit distance, row by row. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
