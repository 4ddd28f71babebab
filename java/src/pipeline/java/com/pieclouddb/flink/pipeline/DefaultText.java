package com.pieclouddb.flink.pipeline;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.apache.flink.cdc.common.schema.Column;

/**
 * The default of a column as a text that the server reads for the column's type.
 *
 * <p>Flink CDC hands over what the source says, which may be an expression: what is no plain value of the type is no
 * default here, so that rows that were there before get NULL.
 */
final class DefaultText {

    private static final Pattern DATE = Pattern.compile("[1-9]\\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])");
    private static final Pattern TIME = Pattern.compile("([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?");

    private DefaultText() {}

    /** Null where there is none. */
    static String of(Column column) {
        String text = column.getDefaultValueExpression();
        if (text == null) {
            return null;
        }
        switch (column.getType().getTypeRoot()) {
            case BOOLEAN:
                return text.matches("0|1|true|false") ? text : null;
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case FLOAT:
            case DOUBLE:
            case DECIMAL:
                return isNumber(text) ? text : null;
            case CHAR:
            case VARCHAR:
                return text.indexOf('\0') < 0 ? text : null;
            case DATE:
                return DATE.matcher(text).matches() ? text : null;
            case TIME_WITHOUT_TIME_ZONE:
                return TIME.matcher(text).matches() ? text : null;
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return isTimestamp(text) ? text : null;
            default:
                // Bytes, and times whose zone nobody tells.
                return null;
        }
    }

    private static boolean isNumber(String text) {
        try {
            new BigDecimal(text);
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static boolean isTimestamp(String text) {
        int space = text.indexOf(' ');
        return space > 0
                && DATE.matcher(text.substring(0, space)).matches()
                && TIME.matcher(text.substring(space + 1)).matches();
    }
}
