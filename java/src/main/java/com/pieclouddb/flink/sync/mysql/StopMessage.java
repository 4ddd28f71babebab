package com.pieclouddb.flink.sync.mysql;

import org.apache.flink.annotation.Internal;

/** What a job says that stops in front of a change or a row that it cannot read: where, why, and how to go on. */
@Internal
public final class StopMessage {

    private static final String WAY_ON = "see docs/sync-job.md, 'When the watch stops the job'";

    private StopMessage() {}

    /** What stands at the place cannot be read. */
    public static String at(LogPosition place, String reason) {
        return "The job stops at " + place + " of the source's binary log: " + reason
                + ". No change behind this place is read; " + WAY_ON;
    }

    /** A row of the snapshot cannot be read. */
    public static String inSnapshot(String reason) {
        return "The job stops while it reads the snapshot: " + reason + "; " + WAY_ON;
    }
}
