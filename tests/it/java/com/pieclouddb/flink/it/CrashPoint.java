package com.pieclouddb.flink.it;

import static com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee.AT_LEAST_ONCE;
import static com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee.EXACTLY_ONCE;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;

/** Where a crash can fall: the moments of a checkpoint at which something else is true on the server than in Flink. */
enum CrashPoint {
    ROWS_STREAM(AT_LEAST_ONCE, "rows stream", Moment.RUNNING, "copy.sending"),
    ROWS_SENT(
            AT_LEAST_ONCE,
            "all rows are sent, nothing is merged (append: COPY has not ended)",
            Moment.RUNNING,
            "copy.finish",
            "flush.before-merge"),
    IN_TRANSACTION(AT_LEAST_ONCE, "inside the transaction, before its COMMIT", Moment.RUNNING, "flush.in-transaction"),
    COMMITTED(AT_LEAST_ONCE, "after its COMMIT, before the checkpoint completes", Moment.RUNNING, "flush.after-commit"),
    RESTORE(AT_LEAST_ONCE, "during restore, before the tables open", Moment.RESTORED, "open.tables"),

    ROWS_STREAM_TO_STAGING(EXACTLY_ONCE, "rows stream", Moment.RUNNING, "copy.sending"),
    STAGED(
            EXACTLY_ONCE,
            "after the staging COMMIT, before the checkpoint completes",
            Moment.RUNNING,
            "flush.precommit"),
    COMPLETED(EXACTLY_ONCE, "after it completed, before the committer ran", Moment.RUNNING, "commit.before"),
    IN_COMMIT(
            EXACTLY_ONCE,
            "inside the committer's transaction, before its COMMIT",
            Moment.RUNNING,
            "commit.in-transaction"),
    PUBLISHED(EXACTLY_ONCE, "after its COMMIT, before Flink knows", Moment.RUNNING, "commit.after-commit"),
    CLEANUP(EXACTLY_ONCE, "during the cleanup after a restart", Moment.RESTORED, "commit.sweep"),
    ABORTED(EXACTLY_ONCE, "after the checkpoint was aborted, its rows staged", Moment.ABORTED, "flush.precommit"),
    RESTORE_OF_STAGING(EXACTLY_ONCE, "during restore, before the tables open", Moment.RESTORED, "open.tables");

    /** When the point is armed, and when the crash comes. */
    enum Moment {
        /** In the middle of the job. */
        RUNNING("20 s"),
        /** Armed before the job fails for the first time: the restored job comes to the point. */
        RESTORED("20 s"),
        /** In the middle of the job; the crash comes when Flink has given up the checkpoint that stands still there. */
        ABORTED("2 s");

        private final String checkpointTimeout;

        Moment(String checkpointTimeout) {
            this.checkpointTimeout = checkpointTimeout;
        }

        /** The job's, as Flink's option has it. */
        String checkpointTimeout() {
            return checkpointTimeout;
        }
    }

    private final DeliveryGuarantee guarantee;
    private final String words;
    private final Moment moment;
    private final String appendFailpoint;
    private final String mergeFailpoint;

    CrashPoint(DeliveryGuarantee guarantee, String words, Moment moment, String failpoint) {
        this(guarantee, words, moment, failpoint, failpoint);
    }

    CrashPoint(
            DeliveryGuarantee guarantee, String words, Moment moment, String appendFailpoint, String mergeFailpoint) {
        this.guarantee = guarantee;
        this.words = words;
        this.moment = moment;
        this.appendFailpoint = appendFailpoint;
        this.mergeFailpoint = mergeFailpoint;
    }

    DeliveryGuarantee guarantee() {
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
