import java.io.Serializable;

/** The classes of the Flink CDC that is on the class path. */
enum Cdc implements Serializable {
    /** To 2.4. */
    VERVERICA("com.ververica.cdc."),
    /** From 3.0 on. */
    APACHE("org.apache.flink.cdc.");

    private final String prefix;

    Cdc(String prefix) {
        this.prefix = prefix;
    }

    static Cdc find() throws ClassNotFoundException {
        for (Cdc cdc : values()) {
            try {
                cdc.type("connectors.mysql.source.MySqlSource");
                return cdc;
            } catch (ClassNotFoundException e) {
                // The other one then.
            }
        }
        throw new ClassNotFoundException("no Flink CDC MySQL source is on the class path");
    }

    Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(prefix + name);
    }

    /** A class of the Kafka that it has inside. */
    Class<?> kafka(String name) throws ClassNotFoundException {
        return type("connectors.shaded.org.apache.kafka.connect." + name);
    }
}
