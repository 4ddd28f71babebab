package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;

/** Where a crash can fall: the moments of a checkpoint at which something else is true on the server than in Flink. */
enum CrashPoint {
    ROWS_STREAM(Guarantee.AT_LEAST_ONCE, "rows stream", Moment.RUNNING, "lane.sending"),
    ROWS_SENT(Guarantee.AT_LEAST_ONCE, "all rows are sent, nothing is merged (append: COPY has not ended)", Moment.RUNNING,
            "lane.finish-copy", "flush.before-merge"),
    IN_TRANSACTION(Guarantee.AT_LEAST_ONCE, "inside the transaction, before its COMMIT", Moment.RUNNING,
            "flush.in-transaction"),
    COMMITTED(Guarantee.AT_LEAST_ONCE, "after its COMMIT, before the checkpoint completes", Moment.RUNNING,
            "flush.after-commit"),
    RESTORE(Guarantee.AT_LEAST_ONCE, "during restore, before the tables open", Moment.RESTORED, "open.tables");

    /** What the sink promises, as its option has it. */
    enum Guarantee {
        AT_LEAST_ONCE("at-least-once");

        private final String option;

        Guarantee(String option) {
            this.option = option;
        }

        String option() {
            return option;
        }
    }

    /** When the point is armed. */
    enum Moment {
        /** In the middle of the job. */
        RUNNING,
        /** Before the job fails for the first time: the restored job comes to the point. */
        RESTORED
    }

    private final Guarantee guarantee;
    private final String words;
    private final Moment moment;
    private final String appendFailpoint;
    private final String mergeFailpoint;

    CrashPoint(Guarantee guarantee, String words, Moment moment, String failpoint) {
        this(guarantee, words, moment, failpoint, failpoint);
    }

    CrashPoint(Guarantee guarantee, String words, Moment moment, String appendFailpoint, String mergeFailpoint) {
        this.guarantee = guarantee;
        this.words = words;
        this.moment = moment;
        this.appendFailpoint = appendFailpoint;
        this.mergeFailpoint = mergeFailpoint;
    }

    Guarantee guarantee() {
        return guarantee;
    }

    String words() {
        return words;
    }

    Moment moment() {
        return moment;
    }

    /** The named point of the native half that is hit then. */
    String failpoint(LoadMode mode) {
        return mode == LoadMode.MERGE ? mergeFailpoint : appendFailpoint;
    }
}
