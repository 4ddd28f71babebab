package com.pieclouddb.flink.sync.mysql;

import org.apache.flink.annotation.Internal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says at the job's start by what the watch tells columns apart that look alike: by their names in front of the rows,
 * or by the server's catalog.
 */
@Internal
public final class WatchGuard {

    private static final Logger LOG = LoggerFactory.getLogger(WatchGuard.class);

    private WatchGuard() {}

    public static void tell(SourceServer server) {
        String[] found = {"not known to this server"};
        server.ask("SHOW GLOBAL VARIABLES LIKE 'binlog_row_metadata'", row -> found[0] = row.getString(2));
        String told = "binlog_row_metadata is " + found[0] + ": "
                + (found[0].equalsIgnoreCase("FULL")
                        ? "the names of columns and the labels of ENUM and SET stand in front of the rows, and are"
                                + " compared there"
                        : "what types do not show, such as names of columns, is compared with the server's catalog;"
                                + " FULL tells it with the rows");
        LOG.info(told);
        System.out.println(told);
    }
}
