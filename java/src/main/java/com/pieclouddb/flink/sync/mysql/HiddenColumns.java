package com.pieclouddb.flink.sync.mysql;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import org.apache.flink.annotation.Internal;

/**
 * Asks the server how many columns it keeps behind those of a table, for its own use.
 *
 * <p>MariaDB has one for each unique key of texts that are too long for an index. A BIGINT at the end of a row looks
 * the same when Flink CDC missed that it was added, so the count of the table's own columns must be the expected one.
 * It connects for each question: it is asked when a table has such a column, and then once for each form of the table.
 */
@Internal
public final class HiddenColumns {

    private final MySqlConf conf;
    private final CdcClasses cdc;

    public HiddenColumns(MySqlConf conf, CdcClasses cdc) {
        this.conf = conf;
        this.cdc = cdc;
    }

    /** Whether it is a sequence of MariaDB, which has rows in the log and is no table. */
    public boolean isSequence(SourceName name) {
        boolean[] found = new boolean[1];
        try (SourceServer server = SourceServer.connect(conf, cdc)) {
            server.ask(
                    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ? AND table_type"
                            + " = 'SEQUENCE'",
                    row -> found[0] = true,
                    name.database(),
                    name.table());
        }
        return found[0];
    }

    /** How many the table has; 0 where it has not as many columns of its own as expected. */
    public int of(SourceName name, int expected) {
        int[] found = new int[2];
        String table = " WHERE table_schema = ? AND table_name = ?";
        try (SourceServer server = SourceServer.connect(conf, cdc)) {
            server.ask(
                    "SELECT count(*), (SELECT count(DISTINCT index_name) FROM information_schema.statistics" + table
                            + " AND index_type = 'HASH' AND non_unique = 0) FROM information_schema.columns" + table,
                    row -> {
                        found[0] = row.getInt(1);
                        found[1] = row.getInt(2);
                    },
                    name.database(),
                    name.table(),
                    name.database(),
                    name.table());
        }
        return found[0] == expected ? found[1] : 0;
    }
}
