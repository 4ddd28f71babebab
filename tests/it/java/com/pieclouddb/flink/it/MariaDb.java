package com.pieclouddb.flink.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.TerminalFailureException;

/** A real source with a binary log on a free port, as a child process; its data goes with {@link #close()}. */
final class MariaDb implements AutoCloseable {

    static final String USER = "owner";
    static final String PASSWORD = "owner-password";

    private static final String DRIVER = "com.mysql.cj.jdbc.Driver";

    private final Path folder = Postgres.HOME.resolve("mariadb-" + UUID.randomUUID());
    private final int port;
    private final Process server;

    private MariaDb(String... options) throws IOException {
        Files.createDirectories(folder);
        port = FreePort.choose();
        List<String> words = new ArrayList<>(List.of(
                Paths.get("tests/harness/mariadb").toAbsolutePath().toString(),
                folder.resolve("data").toString(),
                String.valueOf(port)));
        words.addAll(List.of(options));
        ProcessBuilder command = new ProcessBuilder(words);
        command.environment().put("PIE_MARIADB_USER", USER);
        command.environment().put("PIE_MARIADB_PASSWORD", PASSWORD);
        command.redirectErrorStream(true);
        command.redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()));
        server = command.start();
    }

    /** A running server, with options beside the harness' own. */
    static MariaDb start(String... options) throws IOException {
        try {
            Class.forName(DRIVER);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("Flink CDC is not here: the test lacks the tag mysql-cdc", e);
        }
        MariaDb started = new MariaDb(options);
        try {
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .failFast("the server ended", () -> !started.server.isAlive())
                    .until(() -> {
                        started.execute("SELECT 1");
                        return true;
                    });
        } catch (TerminalFailureException e) {
            throw new AssertionError("the server ended: " + Files.readString(started.folder.resolve("server.log")), e);
        }
        return started;
    }

    int port() {
        return port;
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Leaves a session of its own to what runs in it. */
    void inOneSession(Use use) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            use.of(statement);
        }
    }

    /** What the owner may not do: making users. */
    void asRoot(String sql) throws IOException, InterruptedException {
        Process client = new ProcessBuilder(
                        "mariadb",
                        "--no-defaults",
                        "-u",
                        "root",
                        "-S",
                        folder.resolve("data/socket").toString(),
                        "-e",
                        sql)
                .inheritIO()
                .start();
        if (client.waitFor() != 0) {
            throw new AssertionError("root's statement failed with " + client.exitValue());
        }
    }

    /** All rows of a query, each with its columns joined by {@code |}. */
    List<String> query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(String.valueOf(result.getString(i)));
                }
                rows.add(String.join("|", row));
            }
            return rows;
        }
    }

    /** Flink CDC's driver, which does not make itself known in every version. */
    Connection connect() throws SQLException {
        try {
            Class.forName(DRIVER);
        } catch (ClassNotFoundException e) {
            throw new SQLException(e);
        }
        return DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + port + "/?useSSL=false", USER, PASSWORD);
    }

    @Override
    public void close() throws IOException {
        try {
            server.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).collect(Collectors.toList())) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** What is done with a session. */
    @FunctionalInterface
    interface Use {
        void of(Statement statement) throws SQLException;
    }
}
