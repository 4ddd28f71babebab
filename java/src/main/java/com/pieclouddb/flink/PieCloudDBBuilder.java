package com.pieclouddb.flink;

import java.util.Map;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * What the builders of both modes have in common: the server, the login and any other option.
 *
 * <p>It only collects; nothing is checked before {@code build()} of the builder in use. A value that is set again
 * replaces the one before.
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

    /**
     * Where the server is, required ({@link PieCloudDBOptions#HOSTNAME}).
     *
     * @param hostname a name or an address
     * @return this builder
     */
    public final B hostname(String hostname) {
        return option(PieCloudDBOptions.HOSTNAME, hostname);
    }

    /**
     * The server's port ({@link PieCloudDBOptions#PORT}). Unless set, 5432.
     *
     * @param port from 1 to 65535
     * @return this builder
     */
    public final B port(int port) {
        return option(PieCloudDBOptions.PORT, port);
    }

    /**
     * Who loads, required ({@link PieCloudDBOptions#USERNAME}).
     *
     * @param username a role of the server that may log in
     * @return this builder
     */
    public final B username(String username) {
        return option(PieCloudDBOptions.USERNAME, username);
    }

    /**
     * The user's password ({@link PieCloudDBOptions#PASSWORD}). Unless set, none is sent; it is never logged.
     *
     * @param password in clear text
     * @return this builder
     */
    public final B password(String password) {
        return option(PieCloudDBOptions.PASSWORD, password);
    }

    /**
     * The database to connect to, required ({@link PieCloudDBOptions#DATABASE_NAME}).
     *
     * @param database its name, taken literally
     * @return this builder
     */
    public final B database(String database) {
        return option(PieCloudDBOptions.DATABASE_NAME, database);
    }

    /**
     * PieCloudDB's virtual warehouse that runs the load ({@link PieCloudDBOptions#PDB_WAREHOUSE}). Unless set, the
     * role's default; another server than PieCloudDB ignores it with one warning.
     *
     * @param warehouse its name
     * @return this builder
     */
    public final B warehouse(String warehouse) {
        return option(PieCloudDBOptions.PDB_WAREHOUSE, warehouse);
    }

    /**
     * Whether rows are appended or merged by key ({@link PieCloudDBOptions#LOAD_MODE}). Unless set, merged where there
     * is a primary key.
     *
     * @param loadMode the mode
     * @return this builder
     */
    public final B loadMode(PieCloudDBOptions.LoadMode loadMode) {
        return option(PieCloudDBOptions.LOAD_MODE, loadMode);
    }

    /**
     * Sets any option by its definition.
     *
     * @param option one of {@link PieCloudDBOptions}
     * @param value its value
     * @param <V> the type of its values
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
