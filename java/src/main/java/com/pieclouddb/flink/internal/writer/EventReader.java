package com.pieclouddb.flink.internal.writer;

import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.row.RowImage;
import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;

/**
 * What an {@link EventWriter} needs to know of events whose stream is routed already: which rows of which tables they
 * bring.
 *
 * <p>It has the definitions of tables, and is used by one task thread; it knows no session.
 *
 * @param <T> the stream's type
 */
@Internal
public interface EventReader<T> {

    /** Tells what is in an event, of which nothing is kept. */
    void read(T event, Tables out) throws IOException, InterruptedException;

    /** Who is told. */
    @Internal
    interface Tables {

        /**
         * A table's rows come in this form from here on.
         *
         * @param spec the table's text for the native half
         * @return the table's number, the same whatever its form is
         */
        int define(TableId target, String spec) throws IOException, InterruptedException;

        /** A row of a table in its present form. */
        void row(int table, RowImage image) throws IOException, InterruptedException;

        /** A row was left out. */
        void leftOut();
    }

    /**
     * Travels to the writers, each of which has a reader of its own.
     *
     * @param <T> the stream's type
     */
    @Internal
    @FunctionalInterface
    interface Opener<T> extends Serializable {

        EventReader<T> open();
    }
}
