package com.pieclouddb.flink;

import java.io.Serializable;
import java.util.function.Consumer;
import org.apache.flink.annotation.PublicEvolving;

/**
 * Turns one record of a {@code DataStream<T>} into changes of any number of tables, for the database mode.
 *
 * <p>It is called exactly once per record, on one thread, and may give any number of changes. A table's schema comes
 * before its first row; to give it again is free, so a converter need not remember across restarts what it has told.
 * All changes of a key have to pass through the same subtask in their order, as they do behind a source that is
 * partitioned by table or key.
 *
 * @param <T> the stream's type
 */
@PublicEvolving
@FunctionalInterface
public interface TableChangeConverter<T> extends Serializable {

    /**
     * Converts one record.
     *
     * @param element the record
     * @param out takes the changes in their order, during this call only
     */
    void convert(T element, Consumer<TableChange> out);
}
