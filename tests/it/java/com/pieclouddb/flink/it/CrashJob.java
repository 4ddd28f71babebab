package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions;
import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import com.pieclouddb.flink.PieCloudDBSink;
import com.pieclouddb.flink.PieCloudDBSinkBuilder;
import java.util.List;
import org.apache.flink.types.Row;

/** The job that is crashed: what it loads, where to, and what its table must hold in the end. */
final class CrashJob {

    static final int PARALLELISM = 2;

    private static final int CHANGES = 12_000;
    private static final int PORTIONS = 8;

    private final DeliveryGuarantee guarantee;
    private final LoadMode mode;
    private final Changelog changelog;

    CrashJob(DeliveryGuarantee guarantee, LoadMode mode) {
        this.guarantee = guarantee;
        this.mode = mode;
        changelog = mode == LoadMode.MERGE
                ? Changelog.full(CHANGES, CHANGES / 6, PARALLELISM)
                : Changelog.inserts(CHANGES, CHANGES / 6, PARALLELISM);
    }

    /** Pauses for a checkpoint after each of its portions. */
    ChangelogSource<Row> source() {
        return ChangelogSource.of(changelog).overCheckpoints(PORTIONS);
    }

    /** Held after three of its portions. */
    ChangelogSource<Row> heldSource(String gate) {
        return source().heldAt(gate, portion() * 3);
    }

    /** The changes that all partitions have emitted when they are held. */
    int held() {
        return portion() * 3 * PARALLELISM;
    }

    /** What the sink needs beside its server and its table. */
    PieCloudDBSink<Row> sink(PieCloudDBSinkBuilder<Row> sink) {
        return (mode == LoadMode.MERGE ? sink.primaryKey("id") : sink)
                .option(PieCloudDBOptions.DELIVERY_GUARANTEE, guarantee)
                .build();
    }

    String createTable() {
        return "CREATE TABLE t (" + Changelog.SERVER_COLUMNS + (mode == LoadMode.MERGE ? ", PRIMARY KEY (id))" : ")");
    }

    /** The rows that must be there, each once, sorted. */
    List<String> expectedRows() {
        return mode == LoadMode.MERGE ? changelog.finalRows() : changelog.insertedRows();
    }

    private static int portion() {
        return CHANGES / PARALLELISM / PORTIONS;
    }
}
