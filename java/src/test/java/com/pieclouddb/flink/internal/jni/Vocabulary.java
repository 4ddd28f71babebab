package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;

/** What the native half calls and numbers what crosses, for tests that compare it with ours. */
public final class Vocabulary {

    private Vocabulary() {}

    /** Ours, to be compared. */
    public static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).collect(Collectors.toList());
    }

    /** The words of an entry, in the order of their numbers. */
    public static List<String> words(String entry) throws PieCloudDBException {
        NativeLibrary.load(null);
        for (String text : NativeBridge.vocabulary()) {
            List<String> lines = Arrays.asList(text.split("\n"));
            if (lines.get(0).equals(entry)) {
                return lines.subList(1, lines.size());
            }
        }
        return Assertions.fail("no entry '%s'", entry);
    }
}
