package com.pieclouddb.flink.sync.mysql;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/** Asks the server for its collations, which the log names by their numbers, and the charsets that they are of. */
@Internal
public final class SourceCharsets {

    private SourceCharsets() {}

    public static Map<Integer, String> read(SourceServer server) {
        Map<Integer, String> charsets = new HashMap<>();
        server.ask("SELECT id, character_set_name FROM information_schema.collations", row -> {
            // MariaDB's newest collations are of several charsets, and have numbers for each elsewhere.
            if (row.getString(1) != null && row.getString(2) != null) {
                charsets.put(row.getInt(1), row.getString(2));
            }
        });
        return charsets;
    }
}
