package com.pieclouddb.flink;

import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.api.connector.sink2.Sink;

/**
 * Streams rows by COPY into one table of PieCloudDB, PostgreSQL, Greenplum or Cloudberry, or into many of one database.
 *
 * <p>Rows are durable when the checkpoint that covers them completes. At-least-once, the default, has made them visible
 * by then, and a replay after a failure repeats rows in append mode and converges in merge mode; with exactly-once they
 * become visible then, once, all tables and subtasks together ({@link PieCloudDBOptions#DELIVERY_GUARANTEE}). Made by
 * {@link #builder()}, {@link #databaseBuilder()} or {@link #debeziumBuilder()}; the actual class depends on the version
 * of Flink. Building it loads nothing and connects to nothing.
 *
 * @param <T> the stream's type
 */
@PublicEvolving
public abstract class PieCloudDBSink<T> implements Sink<T> {

    private static final long serialVersionUID = 1L;

    /**
     * Starts to describe a sink into one table.
     *
     * @param <T> the stream's type
     * @return an empty builder
     */
    public static <T> PieCloudDBSinkBuilder<T> builder() {
        return new PieCloudDBSinkBuilder<>();
    }

    /**
     * Starts to describe a sink into the tables that the stream names.
     *
     * @param <T> the stream's type
     * @return an empty builder
     */
    public static <T> PieCloudDBDatabaseSinkBuilder<T> databaseBuilder() {
        return new PieCloudDBDatabaseSinkBuilder<>();
    }

    /**
     * Starts to describe a sink for Debezium's JSON of any number of tables of MySQL or MariaDB.
     *
     * @param <T> the stream's type
     * @return an empty builder
     */
    public static <T> PieCloudDBDebeziumSinkBuilder<T> debeziumBuilder() {
        return new PieCloudDBDebeziumSinkBuilder<>();
    }
}
