package com.pieclouddb.flink;

import org.apache.flink.annotation.PublicEvolving;

/** How a stream of Debezium's JSON writes decimals; the text alone does not always tell. */
@PublicEvolving
public enum DebeziumDecimals {
    /**
     * {@code decimal.handling.mode} = {@code precise} and Kafka's {@code decimal.format} = {@code BASE64}: the
     * defaults.
     */
    BASE64("base64"),
    /** {@code decimal.format} = {@code NUMERIC}: numbers. */
    NUMERIC("numeric"),
    /** {@code decimal.handling.mode} = {@code string}: numbers in quotes. */
    TEXT("text");

    private final String text;

    DebeziumDecimals(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
