package com.pieclouddb.flink.internal.schema;

import java.util.Objects;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * A column as a pipeline tells it: its type in Flink's words, what a created one is commented with, and what rows that
 * were there before it have in it.
 *
 * <p>It is a plain value.
 */
@Internal
public final class PipelineColumn {

    private final String name;
    private final LogicalType type;
    private final String comment;
    private final String inOldRows;

    /**
     * @param comment empty for none
     * @param inOldRows a text that the column's type reads, or null for NULL
     */
    public PipelineColumn(String name, LogicalType type, String comment, String inOldRows) {
        this.name = Objects.requireNonNull(name, "name");
        this.type = Objects.requireNonNull(type, "type");
        this.comment = Objects.requireNonNull(comment, "comment");
        this.inOldRows = inOldRows;
    }

    public String name() {
        return name;
    }

    public LogicalType type() {
        return type;
    }

    /** Empty for none. */
    public String comment() {
        return comment;
    }

    /** Null for NULL. */
    public String inOldRows() {
        return inOldRows;
    }
}
