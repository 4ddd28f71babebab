package com.pieclouddb.flink.sync.cdc;

import com.pieclouddb.flink.internal.plan.FlinkVersionShim;
import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * The classes of the Flink CDC that the cluster has: its packages differ between the lines, the classes do not.
 *
 * <p>Nothing else of ours names a type of CDC, so that a missing jar is one clear sentence.
 */
@Internal
public final class CdcClasses {

    /** Which versions fit which Flink, as far as it is known. */
    private static final String FITTING = "2.4.0 fits Flink 1.18, 3.5.0 fits Flink 1.20, and of those for Flink 2 only "
            + "3.6.0-2.2, for Flink 2.2, is known, and not tried";

    /** Where the classes of a line are, and how its jar is called. */
    public enum Line {
        /** From 3 on. */
        APACHE("org.apache.flink.cdc."),
        /** To 2.4. */
        VERVERICA("com.ververica.cdc.");

        private final String prefix;

        Line(String prefix) {
            this.prefix = prefix;
        }
    }

    private final Line line;
    private final ClassLoader loader;

    private CdcClasses(Line line, ClassLoader loader) {
        this.line = line;
        this.loader = loader;
    }

    /** The one that the submission sees. */
    public static CdcClasses find() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        for (Line line : Line.values()) {
            CdcClasses cdc = new CdcClasses(line, loader == null ? CdcClasses.class.getClassLoader() : loader);
            try {
                Class<?> source = cdc.type("connectors.mysql.source.MySqlSource");
                misfit(line, source.getPackage().getImplementationVersion(), FlinkVersionShim.isFlink2())
                        .ifPresent(reason -> {
                            throw new ValidationException(reason);
                        });
                return cdc;
            } catch (ClassNotFoundException e) {
                // The other line then; none is told below.
            }
        }
        throw new ValidationException(
                "Flink CDC's MySQL source is not there: put flink-sql-connector-mysql-cdc into Flink's "
                        + "lib/ folder and restart the cluster; " + FITTING);
    }

    /**
     * Why this Flink CDC does not run on this Flink, if so: those for Flink 1 do not link on Flink 2, and begin to fail
     * only where they are used.
     *
     * @param version as its jar tells it, or null; from 3.6 on it ends with the line of Flink
     */
    public static Optional<String> misfit(Line line, String version, boolean isFlink2) {
        boolean forFlink2 = line == Line.APACHE && (version == null || version.matches(".*-2[.][0-9]+"));
        return !isFlink2 || forFlink2
                ? Optional.empty()
                : Optional.of(
                        "Flink CDC " + (version == null ? "2" : version) + " does not run on Flink 2: " + FITTING);
    }

    /** The line that an object of CDC belongs to, by the class loader that made it. */
    public static CdcClasses of(Object made) {
        for (Line line : Line.values()) {
            if (made.getClass().getName().startsWith(line.prefix)) {
                return new CdcClasses(line, made.getClass().getClassLoader());
            }
        }
        throw new IllegalArgumentException(made.getClass().getName() + " is not of Flink CDC");
    }

    public Line line() {
        return line;
    }

    /** A class by its name inside CDC. */
    public Class<?> type(String name) throws ClassNotFoundException {
        return named(line.prefix + name);
    }

    /** A class of the Kafka that CDC has inside. */
    public Class<?> kafka(String name) throws ClassNotFoundException {
        return type("connectors.shaded.org.apache.kafka.connect." + name);
    }

    /** Any class that CDC sees. */
    public Class<?> named(String name) throws ClassNotFoundException {
        return Class.forName(name, true, loader);
    }
}
