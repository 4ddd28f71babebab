package com.pieclouddb.flink;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.apache.flink.annotation.PublicEvolving;

/**
 * Takes Debezium's JSON out of one record of a {@code DataStream<T>}.
 *
 * <p>It is called on one thread, and what it gives is read before it is called again.
 *
 * @param <T> the stream's type
 */
@PublicEvolving
@FunctionalInterface
public interface DebeziumConverter<T> extends Serializable {

    /**
     * The change, with or without Debezium's schema envelope.
     *
     * @param element the record
     * @return JSON in UTF-8; null or empty for what changes nothing, as Kafka's tombstones
     */
    byte[] value(T element);

    /**
     * The key of a Kafka record, which says what is deleted where a delete comes without {@code before}.
     *
     * @param element the record
     * @return JSON in UTF-8, or null for none
     */
    default byte[] key(T element) {
        return null;
    }

    /**
     * For a stream of the JSON itself.
     *
     * @return the converter
     */
    static DebeziumConverter<byte[]> ofBytes() {
        return element -> element;
    }

    /**
     * For a stream of the JSON as text.
     *
     * @return the converter
     */
    static DebeziumConverter<String> ofText() {
        return element -> element == null ? null : element.getBytes(StandardCharsets.UTF_8);
    }
}
