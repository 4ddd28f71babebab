package com.pieclouddb.flink.sync.model;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * The labels of an ENUM or SET, and what a value of it is called.
 *
 * <p>Debezium has labels as a statement wrote them, and leaves escapes in them; of a column without a charset its
 * driver gives bytes, which Debezium does not take. Promises that a value is told by its label as the server has it, or
 * not at all.
 */
@Internal
public final class Labels {

    private static final String ESCAPES = "0'\"bnrtZ\\";
    private static final String ESCAPED = "\0'\"\b\n\r\t\u001a\\";

    private final List<String> labels;
    private final boolean isSet;
    private final boolean isOfLog;

    /** The catalog tells bytes that are no UTF-8 as question marks. */
    private final boolean isBinary;

    /**
     * The labels of a column.
     *
     * @param literals as a statement has them
     * @param isOfLog whether records are told as those of the log
     */
    public Labels(List<String> literals, boolean isSet, boolean isBinary, boolean isOfLog) {
        labels = read(literals);
        this.isSet = isSet;
        this.isOfLog = isOfLog;
        this.isBinary = isBinary;
    }

    /** The labels that literals of a statement stand for, where a backslash escapes. */
    static List<String> read(List<String> literals) {
        List<String> plain = new ArrayList<>();
        for (String literal : literals) {
            char quote = literal.isEmpty() ? 0 : literal.charAt(0);
            boolean isQuoted = literal.length() > 1
                    && (quote == '\'' || quote == '"')
                    && literal.charAt(literal.length() - 1) == quote;
            plain.add(isQuoted ? unescaped(literal.substring(1, literal.length() - 1), quote) : literal);
        }
        return plain;
    }

    private static String unescaped(String literal, char quote) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            boolean hasNext = i + 1 < literal.length();
            if (c == quote && hasNext && literal.charAt(i + 1) == quote) {
                plain.append(quote);
                i++;
            } else if (c == '\\' && hasNext) {
                char next = literal.charAt(++i);
                int place = ESCAPES.indexOf(next);
                // Before these two a backslash is one.
                plain.append(next == '%' || next == '_' ? "\\" : "").append(place < 0 ? next : ESCAPED.charAt(place));
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }

    /**
     * What a value is told as. In records of the log Debezium puts a backslash in front of the commas of an ENUM, and
     * whoever reads them takes that away, but not in those of a piece of the snapshot, whatever log was read beside it.
     *
     * @param value the number of a label, one bit for each label, bytes or a text
     * @return null where it has no sure name
     */
    String told(Object value) {
        String name = name(value);
        return name == null || isSet || !isOfLog ? name : name.replace(",", "\\,");
    }

    private String name(Object value) {
        if (value instanceof byte[]) {
            return text((byte[]) value);
        }
        if (value instanceof String) {
            return (String) value;
        }
        if (!(value instanceof Number)) {
            return null;
        }
        return isSet ? names(((Number) value).longValue()) : nameOf(((Number) value).longValue());
    }

    /** The first label is the number 1; 0 is the empty text that stands for what was no label. */
    private String nameOf(long number) {
        if (number == 0) {
            return "";
        }
        return number > 0 && number <= labels.size() ? sure(labels.get((int) number - 1)) : null;
    }

    private String names(long bits) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < Long.SIZE; i++) {
            if ((bits >>> i & 1) == 1) {
                String name = nameOf(i + 1);
                if (name == null) {
                    return null;
                }
                names.add(name);
            }
        }
        return String.join(",", names);
    }

    private String sure(String label) {
        return label.indexOf('\ufffd') >= 0 || isBinary && label.indexOf('?') >= 0 ? null : label;
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
