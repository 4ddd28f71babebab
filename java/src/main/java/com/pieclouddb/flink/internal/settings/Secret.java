package com.pieclouddb.flink.internal.settings;

import java.io.Serializable;
import java.util.Objects;
import org.apache.flink.annotation.Internal;

/**
 * A text that may travel with the sink but is never shown.
 *
 * <p>Printing, logging or comparing it by accident gives nothing away. It does not encrypt: a serialised sink holds it.
 */
@Internal
public final class Secret implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String value;

    public Secret(String value) {
        this.value = Objects.requireNonNull(value, "value");
    }

    /** The text itself, for the one place that hands it to the server. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "******";
    }
}
