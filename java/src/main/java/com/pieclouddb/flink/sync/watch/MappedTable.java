package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;

/** The table that a number in the log stands for, and the definition that its rows were compared with. */
final class MappedTable {

    final SourceName name;
    final Object id;
    final boolean isFollowed;

    /** As many as its rows must have; 0 until it was compared. */
    int columns;

    /** Null until it was compared. */
    Object compared;

    MappedTable(SourceName name, Object id, boolean isFollowed) {
        this.name = name;
        this.id = id;
        this.isFollowed = isFollowed;
    }
}
