package com.pieclouddb.flink;

import java.io.IOException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * The one exception of the running sink: what the native half reports, and what the Java half adds to it.
 *
 * <p>It promises a {@link #kind()} out of a small closed set and a text that holds neither row values nor secrets.
 * Whether a restart can help is its class: {@link Permanent} ends the job, this class lets Flink restart it. It does
 * not describe mistakes found while a job is planned; those are Flink's {@code ValidationException}.
 */
@PublicEvolving
public class PieCloudDBException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What went wrong, so that a program can tell. */
    @PublicEvolving
    public enum Kind {
        /** An option is unknown, missing or bad. */
        CONFIG,
        /** The server refused the credentials, or could not be verified itself. */
        AUTH,
        /** The target cannot take these rows: no such table or column, a type that does not fit, a refusal. */
        TARGET,
        /** A row cannot be stored as it is: NULL in a key, a value out of range, U+0000 in text. */
        DATA,
        /** The connection could not be made, or broke. */
        CONNECTION,
        /** The server ended the transaction for a reason that passes: deadlock, lock timeout. */
        CONTENTION,
        /** The server refused a statement for any other reason. */
        SERVER,
        /** No byte and no answer came for longer than the stall timeout, or a wait passed its deadline. */
        STALLED,
        /** A later attempt has taken this one's place. */
        FENCED,
        /** Used after it was closed. */
        CLOSED,
        /** A fault of the connector. */
        INTERNAL
    }

    /** The sort of failure. */
    private final Kind kind;

    /**
     * A failure that a restart may help.
     *
     * @param kind the sort of failure
     * @param message for whoever runs the job, without row values and secrets
     */
    public PieCloudDBException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * The same for the native half, which knows kinds by their names.
     *
     * @param kind the name of a {@link Kind}
     * @param message as above
     */
    @Internal
    public PieCloudDBException(String kind, String message) {
        this(Kind.valueOf(kind), message);
    }

    /**
     * The sort of failure.
     *
     * @return never null
     */
    public Kind kind() {
        return kind;
    }

    /**
     * A failure that the same job meets again after every restart, so Flink ends the job at once: a bad option, refused
     * credentials, a target that cannot take these rows, a row that cannot be stored.
     */
    @PublicEvolving
    @ThrowableAnnotation(ThrowableType.NonRecoverableError)
    public static class Permanent extends PieCloudDBException {

        private static final long serialVersionUID = 1L;

        /**
         * A failure that a restart cannot help.
         *
         * @param kind the sort of failure
         * @param message for whoever runs the job, without row values and secrets
         */
        public Permanent(Kind kind, String message) {
            super(kind, message);
        }

        /**
         * The same for the native half, which knows kinds by their names.
         *
         * @param kind the name of a {@link Kind}
         * @param message as above
         */
        @Internal
        public Permanent(String kind, String message) {
            super(kind, message);
        }
    }
}
