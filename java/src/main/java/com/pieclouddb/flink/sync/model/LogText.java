package com.pieclouddb.flink.sync.model;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;

/**
 * The texts of one column as the log has them, in bytes, where Java's charset of that name is not the server's.
 *
 * <p>Promises that a text is told as the server would tell it, or that its row is not: five letters of latin1 and the
 * mark that UTF-16 and UTF-32 may begin with are read here, and letters that Java does not know, or that may be others
 * there, are found. It costs a look at each byte of latin1 and each letter of the other charsets; it knows no table of
 * letters, so that single ones that Java takes for another letter are not seen.
 */
@Internal
public final class LogText {

    private static final Pattern TEXTS = Pattern.compile(".*CHAR.*|.*TEXT|CLOB|LONG");

    /** Those that Java does not have: another one's letters, or too few. Nearly all agree with ASCII. */
    private static final Set<String> FAR =
            Set.of("armscii8", "geostd8", "hp8", "dec8", "keybcs2", "swe7", "koi8u", "euckr", "ujis", "eucjpms");

    private static final char UNKNOWN = '\uFFFD';

    private final String charset;
    private final boolean isFar;

    private LogText(String charset) {
        this.charset = charset;
        isFar = FAR.contains(charset);
    }

    /**
     * Of a column.
     *
     * @param charset null where the parser knows none
     * @return null where it has no texts
     */
    public static LogText of(String type, String charset) {
        String word = type.toUpperCase(Locale.ROOT);
        String lower = charset == null ? "" : charset.toLowerCase(Locale.ROOT);
        return TEXTS.matcher(word).matches() && !lower.equals("binary") ? new LogText(lower) : null;
    }

    /** What Java would read otherwise; null where it need not be read here. */
    String read(byte[] bytes) {
        switch (charset) {
            case "latin1":
                return hasControls(bytes) ? latin1(bytes) : null;
            case "ucs2":
            case "utf16":
                return hasMark(bytes, 0) || hasReversedMark(bytes) ? utf16(bytes) : null;
            case "utf32":
                return hasMark(bytes, 2) ? utf32(bytes) : null;
            default:
                return null;
        }
    }

    /** Why what was read of a value is not what the server has; null where nothing speaks against it. */
    String doubt(byte[] bytes, Object told) {
        if (isFar && !isAscii(bytes)) {
            return "has letters of charset " + charset + ", which Java does not have";
        }
        if (told instanceof String && ((String) told).indexOf(UNKNOWN) >= 0 && !has(bytes, (String) told)) {
            return "has bytes that are no text of charset " + (charset.isEmpty() ? "utf8mb4" : charset) + " in Java";
        }
        return null;
    }

    /** Whether the server has that very letter; charsets that are no Unicode do not have it. */
    private boolean has(byte[] bytes, String told) {
        switch (charset) {
            case "ucs2":
            case "utf16":
            case "utf16le":
            case "utf32":
                return true;
            case "gb18030":
                return Arrays.equals(told.getBytes(Charset.forName("GB18030")), bytes);
            default:
                return Arrays.equals(told.getBytes(StandardCharsets.UTF_8), bytes);
        }
    }

    /** Swedish letters stand in the place of signs. */
    private boolean isAscii(byte[] bytes) {
        for (byte one : bytes) {
            if (one < 0 || charset.equals("swe7") && "@[\\]^`{|}~".indexOf(one) >= 0) {
                return false;
            }
        }
        return true;
    }

    /** The server's latin1 is Windows' cp1252 but for five bytes, which are control characters. */
    private static boolean hasControls(byte[] bytes) {
        for (byte one : bytes) {
            if (isControl(one)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isControl(byte one) {
        switch (one & 0xFF) {
            case 0x81:
            case 0x8D:
            case 0x8F:
            case 0x90:
            case 0x9D:
                return true;
            default:
                return false;
        }
    }

    private static String latin1(byte[] bytes) {
        StringBuilder text = new StringBuilder(new String(bytes, Charset.forName("windows-1252")));
        for (int i = 0; i < bytes.length; i++) {
            if (isControl(bytes[i])) {
                text.setCharAt(i, (char) (bytes[i] & 0xFF));
            }
        }
        return text.toString();
    }

    private static String utf16(byte[] bytes) {
        return ByteBuffer.wrap(bytes).asCharBuffer().toString();
    }

    private static String utf32(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        ByteBuffer letters = ByteBuffer.wrap(bytes);
        while (letters.remaining() >= Integer.BYTES) {
            text.appendCodePoint(letters.getInt());
        }
        return text.toString();
    }

    /** Java takes it for the order of bytes, and away. */
    private static boolean hasMark(byte[] bytes, int at) {
        if (bytes.length < at + 2) {
            return false;
        }
        int mark = (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
        return mark == 0xFEFF;
    }

    /** In front Java takes it for the order of bytes, and before Java 17 anywhere for no letter. */
    private static boolean hasReversedMark(byte[] bytes) {
        for (int i = 0; i + 1 < bytes.length; i += 2) {
            if ((bytes[i] & 0xFF) == 0xFF && (bytes[i + 1] & 0xFF) == 0xFE) {
                return true;
            }
        }
        return false;
    }
}
