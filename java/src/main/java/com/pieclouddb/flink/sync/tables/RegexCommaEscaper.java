package com.pieclouddb.flink.sync.tables;

import org.apache.flink.table.api.ValidationException;

/**
 * Writes a regular expression without commas, which Debezium would take for the end of it.
 *
 * <p>Promises that the result matches the same texts. A comma inside a number of repetitions has no other spelling, so
 * it is refused.
 */
final class RegexCommaEscaper {

    private static final String COMMA = "\\x2C";

    private RegexCommaEscaper() {}

    static String of(String option, String pattern) {
        StringBuilder free = new StringBuilder();
        boolean literal = false;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            boolean escaped = c == '\\' && i + 1 < pattern.length();
            if (literal && pattern.startsWith("\\E", i)) {
                literal = false;
                free.append("\\E");
                i++;
            } else if (literal) {
                free.append(c == ',' ? "\\E" + COMMA + "\\Q" : String.valueOf(c));
            } else if (escaped) {
                char next = pattern.charAt(++i);
                literal = next == 'Q';
                free.append(next == ',' ? COMMA : "\\" + next);
            } else if (c == ',' && isRepetition(pattern, i)) {
                throw new ValidationException(
                        option + " holds a repetition with a comma, '" + pattern + "': Flink CDC would take it for two"
                                + " expressions; write it out, for"
                                + " example a(a(a)?)? for a{1,3} and"
                                + " aa* for a{1,}");
            } else {
                free.append(c == ',' ? COMMA : String.valueOf(c));
            }
        }
        return free.toString();
    }

    /** Whether the comma stands in {@code {n,m}}. */
    private static boolean isRepetition(String pattern, int comma) {
        int from = comma;
        while (from > 0 && Character.isDigit(pattern.charAt(from - 1))) {
            from--;
        }
        return from > 0 && from < comma && pattern.charAt(from - 1) == '{';
    }
}
