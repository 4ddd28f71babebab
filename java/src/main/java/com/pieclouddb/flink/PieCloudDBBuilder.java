package com.pieclouddb.flink;

import java.util.Map;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * What the builders of both modes have in common: the server, the login and any other option.
 *
 * <p>It only collects; nothing is checked before {@code build()} of the builder in use.
 *
 * @param <B> the builder in use
 */
@PublicEvolving
public abstract class PieCloudDBBuilder<B extends PieCloudDBBuilder<B>> {

    private final Configuration options = new Configuration();

    PieCloudDBBuilder() {}

    abstract B self();

    /** All options as text, whichever way they were set. */
    final Map<String, String> options() {
        return options.toMap();
    }

    public final B hostname(String hostname) {
        return option(PieCloudDBOptions.HOSTNAME, hostname);
    }

    public final B port(int port) {
        return option(PieCloudDBOptions.PORT, port);
    }

    public final B username(String username) {
        return option(PieCloudDBOptions.USERNAME, username);
    }

    public final B password(String password) {
        return option(PieCloudDBOptions.PASSWORD, password);
    }

    public final B database(String database) {
        return option(PieCloudDBOptions.DATABASE_NAME, database);
    }

    public final B warehouse(String warehouse) {
        return option(PieCloudDBOptions.PDB_WAREHOUSE, warehouse);
    }

    public final B loadMode(PieCloudDBOptions.LoadMode loadMode) {
        return option(PieCloudDBOptions.LOAD_MODE, loadMode);
    }

    /**
     * Sets any option by its definition.
     *
     * @param option one of {@link PieCloudDBOptions}
     * @param value its value
     * @return this builder
     */
    public final <V> B option(ConfigOption<V> option, V value) {
        options.set(option, value);
        return self();
    }

    /**
     * Sets any option by its name, as in SQL's WITH clause.
     *
     * @param name the option's name
     * @param value its value as text
     * @return this builder
     */
    public final B option(String name, String value) {
        options.setString(name, value);
        return self();
    }
}
