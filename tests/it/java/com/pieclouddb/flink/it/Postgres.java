package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.TerminalFailureException;

/**
 * A real server on a free port, as a child process that a test may kill, freeze and start again; of the line that the
 * environment's {@code PIE_PG} names, else 15.
 *
 * <p>Its data lives in the folder that {@code PIE_SERVERS} names, else under the build folder, and goes with
 * {@link #close()}.
 */
final class Postgres implements AutoCloseable {

    /** Where servers have their data. */
    static final Path HOME =
            Paths.get(System.getenv().getOrDefault("PIE_SERVERS", "build/it")).toAbsolutePath();

    private static final String LINE = System.getenv().getOrDefault("PIE_PG", "15");

    private final Path folder = HOME.resolve("postgres-" + UUID.randomUUID());
    private final Map<String, String> environment;
    private final String password;
    private final int port;
    private Process server;

    private Postgres(Map<String, String> environment, String password) throws IOException {
        this.environment = environment;
        this.password = password;
        Files.createDirectories(folder);
        port = FreePort.choose();
    }

    /** A running server that trusts everybody on this machine. */
    static Postgres start() throws IOException {
        return started(new Postgres(Map.of(), ""));
    }

    /** A running server whose superuser has to give a password. */
    static Postgres startWithPassword(String method, String password) throws IOException {
        return started(new Postgres(Map.of("PIE_PG_AUTH", method, "PIE_PG_PASSWORD", password), password));
    }

    private static Postgres started(Postgres postgres) throws IOException {
        postgres.restart();
        return postgres;
    }

    /** Starts the server on its old data; returns when it answers. */
    void restart() throws IOException {
        ProcessBuilder command = new ProcessBuilder(
                Paths.get("tests/harness/postgres").toAbsolutePath().toString(),
                LINE,
                folder.resolve("data").toString(),
                String.valueOf(port),
                "-c",
                "fsync=off",
                "-c",
                "max_connections=60");
        command.environment().putAll(environment);
        command.redirectErrorStream(true);
        command.redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()));
        server = command.start();
        try {
            await().atMost(Duration.ofMinutes(5))
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .failFast("the server ended", () -> !server.isAlive())
                    .until(() -> {
                        Path answering = Paths.get(query("SHOW data_directory").get(0));
                        assertThat(answering)
                                .as("what answers in its place")
                                .isEqualTo(folder.resolve("data").toRealPath());
                        return true;
                    });
        } catch (TerminalFailureException e) {
            throw new AssertionError("the server ended: " + Files.readString(folder.resolve("server.log")), e);
        }
    }

    /** As a power cut: no process of the server gets a chance to say goodbye, or to see another one go. */
    void kill() throws IOException, InterruptedException {
        freeze();
        signal("KILL");
        server.waitFor();
    }

    /** No process of the server runs on until {@link #thaw()}. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        if (!server.isAlive()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("kill", "-" + name, String.valueOf(server.pid())));
        server.descendants().map(ProcessHandle::pid).map(String::valueOf).forEach(command::add);
        new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    int port() {
        return port;
    }

    Connection connect() throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", "postgres");
        login.setProperty("password", password);
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres", login);
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
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
                String[] row = new String[columns];
                for (int i = 0; i < columns; i++) {
                    row[i] = result.getString(i + 1);
                }
                rows.add(Arrays.stream(row).collect(Collectors.joining("|")));
            }
            return rows;
        }
    }

    long count(String sql) throws SQLException {
        return Long.parseLong(query(sql).get(0));
    }

    /** Sessions of our writers that the server holds now. */
    long writerSessions() throws SQLException {
        return count("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieclouddb-flink-%'");
    }

    /**
     * Bytes of the table and of all temporary tables, those of rows that nobody sees yet included: what a COPY has
     * brought, also when it has ended since, which it does as soon as no further row comes.
     */
    long written(String table) throws SQLException {
        return count("SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint FROM pg_class "
                + "WHERE relkind = 'r' AND (relpersistence = 't' OR relname = '" + table + "')");
    }

    /** A path that the server may write to. */
    Path file(String name) {
        return folder.resolve("data").resolve(name);
    }

    @Override
    public void close() throws IOException {
        try {
            thaw();
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // The server's other processes notice a little later and remove files of their own.
        await().atMost(Job.DEADLINE).ignoreExceptions().until(() -> {
            delete();
            return true;
        });
    }

    private void delete() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).collect(Collectors.toList())) {
                Files.deleteIfExists(file);
            }
        }
    }
}
