package com.pieclouddb.flink.sync.mysql;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the source's server for questions, through the JDBC driver that Flink CDC uses.
 *
 * <p>Promises that every wait has a deadline and that no error holds the password. It only reads.
 */
@Internal
public final class SourceServer implements SourceAnswers, AutoCloseable {

    private static final String DRIVER = "com.mysql.cj.jdbc.Driver";

    private static final Logger LOG = LoggerFactory.getLogger(SourceServer.class);

    /** States for a right that is missing, for words and tables that a server does not have, for XA's own refusal. */
    private static final Pattern REFUSED = Pattern.compile("42.*|XAE.*");

    /** For one answer; questions about tables are small. */
    private static final int ANSWER_MILLIS = 120_000;

    private final Connection connection;

    private SourceServer(Connection connection) {
        this.connection = connection;
    }

    public static SourceServer connect(MySqlConf conf, CdcClasses cdc) {
        String host = conf.text(MySqlOption.HOSTNAME);
        String place = (host.contains(":") ? "[" + host + "]" : host) + ":" + conf.text(MySqlOption.PORT);
        Properties properties = new Properties();
        // As Flink CDC connects, so that both see the same.
        properties.setProperty("useInformationSchema", "true");
        properties.setProperty("characterEncoding", "UTF-8");
        properties.setProperty("zeroDateTimeBehavior", "CONVERT_TO_NULL");
        properties.setProperty("socketTimeout", String.valueOf(ANSWER_MILLIS));
        properties.putAll(conf.jdbc());
        SessionVariables.ofQuestions(properties);
        properties.setProperty(
                "connectTimeout",
                String.valueOf(conf.duration(MySqlOption.CONNECT_TIMEOUT).toMillis()));
        properties.setProperty("user", conf.text(MySqlOption.USERNAME));
        properties.setProperty("password", conf.text(MySqlOption.PASSWORD));
        try {
            Driver driver = (Driver) cdc.named(DRIVER).getConstructor().newInstance();
            Connection connection = driver.connect("jdbc:mysql://" + place + "/", properties);
            return new SourceServer(connection);
        } catch (ReflectiveOperationException | NoClassDefFoundError e) {
            throw new ValidationException(
                    "MySQL's JDBC driver is not there: put mysql-connector-j (8.0.x) into Flink's lib/ "
                            + "folder, beside the jar of Flink CDC, which has none from version 3 on");
        } catch (SQLException e) {
            throw new ValidationException("The source at " + place + " does not let '" + conf.text(MySqlOption.USERNAME)
                    + "' in: " + firstLine(e));
        }
    }

    /** Asks; {@code reader} sees each row, {@code texts} stand for the question marks. */
    public void ask(String sql, RowReader reader, String... texts) {
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

    @Override
    public Map<String, String> variables() {
        Map<String, String> variables = new HashMap<>();
        ask("SHOW GLOBAL VARIABLES", row -> variables.put(row.getString(1).toLowerCase(Locale.ROOT), row.getString(2)));
        return variables;
    }

    @Override
    public Optional<List<Map<String, String>>> rows(String sql) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            ResultSetMetaData columns = rows.getMetaData();
            List<Map<String, String>> read = new ArrayList<>();
            while (rows.next()) {
                Map<String, String> row = new HashMap<>();
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    row.put(columns.getColumnLabel(i).toLowerCase(Locale.ROOT), rows.getString(i));
                }
                read.add(row);
            }
            return Optional.of(read);
        } catch (SQLException e) {
            if (REFUSED.matcher(String.valueOf(e.getSQLState())).matches()) {
                return Optional.empty();
            }
            throw new ValidationException("The source does not tell what it is: " + firstLine(e));
        }
    }

    /** Ends what waits for an answer, from another thread. */
    public void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("a connection to the source did not end well: {}", firstLine(e));
        }
    }

    /** Its messages end in stories of stack and packets. */
    private static String firstLine(SQLException e) {
        String message = String.valueOf(e.getMessage()).trim();
        return message.split("\\R", 2)[0];
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
    public interface RowReader {
        void read(ResultSet row) throws SQLException;
    }
}
