package com.pieclouddb.flink.it;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** What a job in a real cluster is told on its command line: words {@code name=value}. */
final class JobArguments {

    private final Map<String, String> values;

    JobArguments(String[] words) {
        values = Arrays.stream(words)
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(named -> named[0], named -> named[1]));
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the argument " + name + " is missing");
        }
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }

    long longNumber(String name) {
        return Long.parseLong(text(name));
    }
}
