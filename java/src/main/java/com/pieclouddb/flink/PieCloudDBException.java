package com.pieclouddb.flink;

import java.io.IOException;
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

    private final String kind;

    public PieCloudDBException(String kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * One of CONFIG, AUTH, TARGET, DATA, CONNECTION, CONTENTION, SERVER, STALLED, FENCED, CLOSED, INTERNAL.
     *
     * @return the sort of failure
     */
    public String kind() {
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

        public Permanent(String kind, String message) {
            super(kind, message);
        }
    }
}
