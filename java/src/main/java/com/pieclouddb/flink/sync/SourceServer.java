package com.pieclouddb.flink.sync;

import org.apache.flink.table.api.ValidationException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;

/**
 * A connection to the source's server while the job is planned, through the JDBC driver that Flink CDC uses.
 *
 * <p>Promises that every wait has a deadline and that no error holds the password. It only reads.
 */
final class SourceServer implements AutoCloseable {

    private static final String DRIVER = "com.mysql.cj.jdbc.Driver";

    private static final Logger LOG = LoggerFactory.getLogger(SourceServer.class);

    /** For one answer; questions about tables are small. */
    private static final int ANSWER_MILLIS = 120_000;

    private final Connection connection;

    private SourceServer(Connection connection) {
        this.connection = connection;
    }

    static SourceServer connect(MySqlConf conf, Cdc cdc) {
        String host = conf.text(MySqlOption.HOSTNAME);
        String place = (host.contains(":") ? "[" + host + "]" : host) + ":" + conf.text(MySqlOption.PORT);
        Properties properties = new Properties();
        // As Flink CDC connects, so that both see the same.
        properties.setProperty("useInformationSchema", "true");
        properties.setProperty("characterEncoding", "UTF-8");
        properties.setProperty("zeroDateTimeBehavior", "CONVERT_TO_NULL");
        properties.setProperty("socketTimeout", String.valueOf(ANSWER_MILLIS));
        properties.putAll(conf.jdbc());
        properties.setProperty("connectTimeout", String.valueOf(conf.duration(MySqlOption.CONNECT_TIMEOUT).toMillis()));
        properties.setProperty("user", conf.text(MySqlOption.USERNAME));
        properties.setProperty("password", conf.text(MySqlOption.PASSWORD));
        try {
            Driver driver = (Driver) cdc.named(DRIVER).getConstructor().newInstance();
            Connection connection = driver.connect("jdbc:mysql://" + place + "/", properties);
            return new SourceServer(connection);
        } catch (ReflectiveOperationException | NoClassDefFoundError e) {
            throw new ValidationException("MySQL's JDBC driver is not there: put mysql-connector-j (8.0.x) into Flink's lib/ "
                    + "folder, beside the jar of Flink CDC, which has none from version 3 on");
        } catch (SQLException e) {
            throw new ValidationException("The source at " + place + " does not let '" + conf.text(MySqlOption.USERNAME)
                    + "' in: " + firstLine(e));
        }
    }

    /** Asks; {@code reader} sees each row, {@code texts} stand for the question marks. */
    void ask(String sql, RowReader reader, String... texts) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < texts.length; i++) {
                statement.setString(i + 1, texts[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    reader.read(rows);
                }
            }
        } catch (SQLException e) {
            throw new ValidationException("The source does not tell what its tables are: " + firstLine(e));
        }
    }

    /** Ends what waits for an answer, from another thread. */
    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("a connection to the source did not end well: {}", firstLine(e));
        }
    }

    /** Its messages end in stories of stack and packets. */
    private static String firstLine(SQLException e) {
        String message = String.valueOf(e.getMessage()).trim();
        return message.lines().findFirst().orElse(message);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new ValidationException("The connection to the source does not close: " + firstLine(e));
        }
    }

    /** Takes one row. */
    @FunctionalInterface
    interface RowReader {
        void read(ResultSet row) throws SQLException;
    }
}
