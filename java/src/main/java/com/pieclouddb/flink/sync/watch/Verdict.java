package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.sync.mysql.LogPlace;

/**
 * Why the log cannot be read past a place.
 *
 * <p>Changes in front of the place are right and go out, unless the verdict is that they were not.
 */
final class Verdict {

    private final String message;
    private final boolean takesBack;

    private Verdict(String message, boolean takesBack) {
        this.message = message;
        this.takesBack = takesBack;
    }

    /** What stands at the place cannot be read. */
    static Verdict at(LogPlace place, String reason) {
        return new Verdict(
                "The job stops at " + place + " of the source's binary log: " + reason
                        + ". No change behind this place is read; see docs/sync-job.md, 'When the watch stops the job'",
                false);
    }

    /** A row of the snapshot cannot be read; none of its piece was handed on. */
    static Verdict ofSnapshot(String reason) {
        return new Verdict(
                "The job stops while it reads the snapshot: " + reason
                        + "; see docs/sync-job.md, 'When the watch stops the job'",
                false);
    }

    /** What stands there takes changes back that were told. */
    static Verdict tookBack(LogPlace place, String reason) {
        return new Verdict(at(place, reason).message, true);
    }

    String message() {
        return message;
    }

    /** Whether changes in front of the place are wrong: no checkpoint may hold them. */
    boolean takesBack() {
        return takesBack;
    }
}
