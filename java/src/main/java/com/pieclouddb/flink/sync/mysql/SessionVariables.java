package com.pieclouddb.flink.sync.mysql;

import java.util.Properties;
import org.apache.flink.annotation.Internal;

/**
 * What the sessions of the job set whatever the server's own settings are, Flink CDC's and ours.
 *
 * <p>Promises that definitions are shown with their names in backquotes and by types that mean the same everywhere,
 * that CHAR is told without blanks behind it, and that rows which may yet be taken back are not read. It stands behind
 * what the user sets, so that it counts.
 */
@Internal
public final class SessionVariables {

    private static final String PROPERTY = "sessionVariables";

    private static final String WORDS = "sql_mode='',sql_quote_show_create=1";

    private SessionVariables() {}

    /** Of sessions that ask for definitions. */
    static void ofQuestions(Properties properties) {
        append(properties, WORDS);
    }

    /**
     * Of sessions that read rows. TIMESTAMP is told in UTC: in the server's own zone one hour of the year comes twice.
     * It is written as in an address, which is what Flink CDC makes of the properties.
     *
     * @param isolation the name that the server has for it
     */
    public static Properties ofRows(Properties given, String isolation) {
        Properties properties = new Properties();
        properties.putAll(given);
        append(properties, "time_zone='%2B00:00'," + WORDS + "," + isolation + "='REPEATABLE-READ'");
        return properties;
    }

    private static void append(Properties properties, String variables) {
        String given = properties.getProperty(PROPERTY);
        properties.setProperty(PROPERTY, (given == null || given.isEmpty() ? "" : given + ",") + variables);
    }
}
