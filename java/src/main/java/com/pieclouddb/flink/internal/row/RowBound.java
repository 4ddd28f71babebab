package com.pieclouddb.flink.internal.row;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.internal.settings.SinkSettings;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.RowType;

/**
 * How large a row may be that goes through a router, or into the writer of one table.
 *
 * <p>Behind that it is copied for the exchange, by the writer and, encoded, by the native half: one that is too large
 * would take the whole TaskManager along. It says nothing of what the source took to read it.
 */
@Internal
public final class RowBound {

    private final long most;

    public RowBound(SinkSettings settings) {
        most = settings.get(PieCloudDBOptions.ROW_MAX_SIZE).getBytes();
    }

    public boolean isExceededBy(int bytes) {
        return bytes > most;
    }

    /**
     * What is wrong with a row that is too large.
     *
     * @param table how the stream calls it
     * @param bytes of the row
     * @param json the row where it is Debezium's record, to say which column is the large one; else null
     */
    public PieCloudDBException refusal(String table, int bytes, byte[] json) {
        return refusal(table, bytes, json == null ? Optional.empty() : largestField(json), "leave the table out");
    }

    /** The same of a row of the one table of a sink. */
    public PieCloudDBException refusal(String table, int bytes, RowData row, RowType type) {
        return refusal(table, bytes, largestField(row, type), "leave the row out of the query");
    }

    private PieCloudDBException refusal(String table, int bytes, Optional<String> largest, String otherwise) {
        String column = largest.map(name -> ", column \"" + name + "\"").orElse("");
        return new PieCloudDBException.Permanent(
                PieCloudDBException.Kind.DATA,
                "table '" + table + "'" + column + ": a row of " + bytes
                        + " bytes is larger than '" + PieCloudDBOptions.ROW_MAX_SIZE.key() + "' = " + most
                        + " bytes. Raise it and, if need "
                        + "be, the heap of the TaskManagers, and go on from the last checkpoint; or " + otherwise);
    }

    /** The column of the longest text or bytes. */
    private static Optional<String> largestField(RowData row, RowType type) {
        String largest = null;
        int most = 0;
        for (int i = 0; i < type.getFieldCount(); i++) {
            int length = row.isNullAt(i) ? 0 : length(row, i, type.getTypeAt(i));
            if (length > most) {
                most = length;
                largest = type.getFieldNames().get(i);
            }
        }
        return Optional.ofNullable(largest);
    }

    private static int length(RowData row, int column, LogicalType type) {
        if (type.is(LogicalTypeFamily.CHARACTER_STRING)) {
            return row.getString(column).toBytes().length;
        }
        return type.is(LogicalTypeFamily.BINARY_STRING) ? row.getBinary(column).length : 0;
    }

    /** The name in front of the longest text of a JSON document; no value is read but for its length. */
    static Optional<String> largestField(byte[] json) {
        String largest = null;
        int most = 0;
        int nameStart = 0;
        int nameEnd = 0;
        int at = 0;
        while (at < json.length) {
            if (json[at] != '"') {
                at++;
                continue;
            }
            int start = at + 1;
            int end = start;
            while (end < json.length && json[end] != '"') {
                end += json[end] == '\\' ? 2 : 1;
            }
            end = Math.min(end, json.length);
            at = end + 1;
            if (at < json.length && json[at] == ':') {
                nameStart = start;
                nameEnd = end;
            } else if (end - start > most) {
                most = end - start;
                largest = new String(json, nameStart, nameEnd - nameStart, StandardCharsets.UTF_8);
            }
        }
        return Optional.ofNullable(largest);
    }
}
