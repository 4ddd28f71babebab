package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.StopMessage;

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
    static Verdict at(LogPosition place, String reason) {
        return new Verdict(StopMessage.at(place, reason), false);
    }

    /** A row of the snapshot cannot be read; none of its piece was handed on. */
    static Verdict ofSnapshot(String reason) {
        return new Verdict(StopMessage.inSnapshot(reason), false);
    }

    /** What stands there takes changes back that were told. */
    static Verdict tookBack(LogPosition place, String reason) {
        return new Verdict(StopMessage.at(place, reason), true);
    }

    String message() {
        return message;
    }

    /** Whether changes in front of the place are wrong: no checkpoint may hold them. */
    boolean takesBack() {
        return takesBack;
    }
}
