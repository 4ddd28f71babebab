package com.pieclouddb.flink.it;

import static com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee.AT_LEAST_ONCE;
import static com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee.EXACTLY_ONCE;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;

/**
 * Where a crash can fall in a BATCH job: it flushes once, and with exactly-once it commits once, after all writers have
 * ended.
 */
enum BatchCrashPoint {
    ROWS_STREAM(AT_LEAST_ONCE, "rows stream", "copy.sending"),
    IN_TRANSACTION(AT_LEAST_ONCE, "inside the transaction, before its COMMIT", "flush.in-transaction"),
    COMMITTED(AT_LEAST_ONCE, "after its COMMIT, before the end of the job", "flush.after-commit"),

    ROWS_STREAM_TO_STAGING(EXACTLY_ONCE, "rows stream", "copy.sending"),
    STAGED(EXACTLY_ONCE, "after the staging COMMIT, before the writers have ended", "flush.precommit"),
    COMPLETED(EXACTLY_ONCE, "after they ended, before the committer ran", "commit.before"),
    IN_COMMIT(EXACTLY_ONCE, "inside the committer's transaction, before its COMMIT", "commit.in-transaction"),
    PUBLISHED(EXACTLY_ONCE, "after its COMMIT, before the end of the job", "commit.after-commit"),
    CLEANUP(EXACTLY_ONCE, "while the committer removes what the job made", "commit.sweep");

    private final DeliveryGuarantee guarantee;
    private final String words;
    private final String failpoint;

    BatchCrashPoint(DeliveryGuarantee guarantee, String words, String failpoint) {
        this.guarantee = guarantee;
        this.words = words;
        this.failpoint = failpoint;
    }

    DeliveryGuarantee guarantee() {
        return guarantee;
    }

    String words() {
        return words;
    }

    String failpoint() {
        return failpoint;
    }

    /** Appending needs no transaction of the flush's own. */
    boolean isReachedBy(LoadMode mode) {
        return mode == LoadMode.MERGE || this != IN_TRANSACTION;
    }

    /** What is promised of a crash here, in the words of the table. */
    String promise(LoadMode mode) {
        return mode == LoadMode.APPEND && guarantee == DeliveryGuarantee.AT_LEAST_ONCE ? "nothing lost" : "exact";
    }
}
