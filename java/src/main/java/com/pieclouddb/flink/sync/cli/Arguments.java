package com.pieclouddb.flink.sync.cli;

import com.pieclouddb.flink.internal.settings.NearestName;
import com.pieclouddb.flink.internal.settings.TableOptions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * The command's flags as they were written, read by the table of {@link Flag}.
 *
 * <p>Promises that every flag is known and has what stands behind it, and that nothing is given twice. All mistakes are
 * told at once. Values of settings may be {@code file:PATH} or {@code env:NAME} ({@link ConfText}) and are in no
 * message.
 */
@Internal
public final class Arguments {

    private final Map<Flag, String> values = new EnumMap<>(Flag.class);
    private final Map<Flag, Map<String, String>> pairs = new EnumMap<>(Flag.class);
    private final List<String> problems = new ArrayList<>();

    private Arguments() {}

    public static Arguments parse(List<String> words) {
        Arguments arguments = new Arguments();
        int i = 0;
        while (i < words.size()) {
            i += arguments.accept(words, i);
        }
        if (!arguments.problems.isEmpty()) {
            throw new ValidationException("The command cannot be read:\n  " + String.join("\n  ", arguments.problems));
        }
        return arguments;
    }

    public boolean has(Flag flag) {
        return Boolean.parseBoolean(values.get(flag));
    }

    public Optional<String> value(Flag flag) {
        return Optional.ofNullable(values.get(flag));
    }

    /** Settings in the order in which they were given. */
    public Map<String, String> pairs(Flag flag) {
        return pairs.getOrDefault(flag, Map.of());
    }

    /** Reads the flag at a place; says how many words it took. */
    private int accept(List<String> words, int i) {
        String word = words.get(i);
        if (!word.startsWith("--")) {
            // Not the word itself: behind a forgotten flag it may be a password.
            problems.add("word " + (i + 1) + " behind the command is no flag; flags begin with --");
            return 1;
        }
        int equals = word.indexOf('=');
        String written = equals < 0 ? word : word.substring(0, equals);
        Optional<Flag> found = Flag.of(written);
        if (found.isEmpty()) {
            problems.add("unknown flag " + written
                    + NearestName.of(written.replace('_', '-'), Flag.texts())
                            .map(name -> ", did you mean " + name + "?")
                            .orElse("; known are " + String.join(", ", Flag.texts())));
            return equals < 0 && i + 1 < words.size() && !words.get(i + 1).startsWith("--") ? 2 : 1;
        }
        Flag flag = found.get();
        String inside = equals < 0 ? null : word.substring(equals + 1);
        String next = i + 1 < words.size() && !words.get(i + 1).startsWith("--") ? words.get(i + 1) : null;
        if (flag.kind() == Flag.Kind.SWITCH) {
            boolean apart = inside == null && next != null && isBoolean(next);
            turn(flag, apart ? next : inside == null ? "true" : inside);
            return apart ? 2 : 1;
        }
        String value = inside == null ? next : inside;
        if (value == null) {
            problems.add(flag.text() + " needs a value behind it, for example " + flag.example());
        } else if (flag.kind() == Flag.Kind.PAIRS) {
            addPair(flag, value);
        } else {
            put(flag, value);
        }
        return inside == null && next != null ? 2 : 1;
    }

    private void turn(Flag flag, String value) {
        if (isBoolean(value)) {
            put(flag, value);
        } else {
            problems.add(flag.text() + " is given alone, or with true or false");
        }
    }

    private static boolean isBoolean(String text) {
        return text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
    }

    private void put(Flag flag, String value) {
        if (values.put(flag, value) != null) {
            problems.add(flag.text() + " is given twice");
        }
    }

    private void addPair(Flag flag, String pair) {
        int equals = flag == Flag.TABLE_CONF ? TableOptions.equalsSign(pair) : pair.indexOf('=');
        if (equals < 1) {
            problems.add(flag.text() + " takes name=value, for example " + flag.example());
            return;
        }
        String name = pair.substring(0, equals).trim();
        try {
            String value = ConfText.resolve(flag.text() + " " + name, pair.substring(equals + 1));
            if (pairs.computeIfAbsent(flag, f -> new LinkedHashMap<>()).put(name, value) != null) {
                problems.add(flag.text() + " " + name + " is given twice");
            }
        } catch (ValidationException e) {
            problems.add(e.getMessage());
        }
    }
}
