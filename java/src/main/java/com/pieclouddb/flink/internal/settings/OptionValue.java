package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;

/**
 * What an option's value may be, by itself.
 *
 * <p>A secret is never told. What options need of each other is {@link OptionRule}'s.
 */
final class OptionValue {

    /** What a server's setting can be named; anything else would have to be quoted in a statement. */
    private static final Pattern PROPERTY_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

    private OptionValue() {}

    /** What is wrong with a value of the right type. Any text is a password, so one is never told. */
    static Optional<String> rangeProblem(ConfigOption<?> option, Object value) {
        boolean isMissing = value.equals("")
                && option != PieCloudDBOptions.PASSWORD
                && !PieCloudDBOptions.REQUIRED.contains(option);
        return OptionRange.problem(option, value).or(() -> unless(!isMissing, "must not be empty"));
    }

    /** What is wrong with the names behind a prefix. The values may be anything, secrets too, and are not told. */
    static Optional<String> nameProblem(ConfigOption<?> prefix, Object entries) {
        List<String> bad = new ArrayList<>();
        for (Object name : entries == null ? Set.of() : ((Map<?, ?>) entries).keySet()) {
            if (!PROPERTY_NAME.matcher((String) name).matches()) {
                bad.add("'" + name + "'");
            }
        }
        return unless(
                bad.isEmpty(),
                "option '" + prefix.key() + "' takes names of letters, digits, '_' and '.', not "
                        + String.join(", ", bad));
    }

    private static Optional<String> unless(boolean good, String problem) {
        return good ? Optional.empty() : Optional.of(problem);
    }
}
