package com.pieclouddb.flink.internal;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.PieCloudDBOptions;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How large a row may be that goes through a router.
 *
 * <p>Behind the router it is copied for the exchange, by the writer and, encoded, by the native half: one that is too large would
 * take the whole TaskManager along. It says nothing of what the source took to read it.
 */
final class RowBound {

    private final long most;

    RowBound(SinkSettings settings) {
        most = settings.get(PieCloudDBOptions.ROW_MAX_SIZE).getBytes();
    }

    boolean isExceededBy(int bytes) {
        return bytes > most;
    }

    /**
     * What is wrong with a row that is too large.
     *
     * @param table how the stream calls it
     * @param bytes of the row
     * @param json the row where it is Debezium's record, to say which column is the large one; else null
     */
    PieCloudDBException refusal(String table, int bytes, byte[] json) {
        String column = json == null ? "" : largestField(json).map(name -> ", column \"" + name + "\"").orElse("");
        return new PieCloudDBException.Permanent("DATA", "table '" + table + "'" + column + ": a row of " + bytes
                + " bytes is larger than '" + PieCloudDBOptions.ROW_MAX_SIZE.key() + "' = " + most + " bytes. Raise it and, if need "
                + "be, the heap of the TaskManagers, and go on from the last checkpoint; or leave the table out");
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
