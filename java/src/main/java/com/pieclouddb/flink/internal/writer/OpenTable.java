package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.TableId;

/** A target as a writer's session has it open now. */
final class OpenTable {

    final TableId id;

    /** What its rows are read by; null before the table's first row. */
    String form;

    /** The session's number of it. */
    int number;

    OpenTable(TableId id) {
        this.id = id;
    }
}
