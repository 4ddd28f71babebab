package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.util.ExceptionUtils;

/** A database of the source whose table t is followed by a job of its own into public.t. */
final class FollowedDatabase {

    /** Whether the Flink CDC of this run is 2.4. */
    static final boolean IS_2_4 = isThere("com.ververica.cdc.connectors.mysql.source.MySqlSource");

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final MariaDb source;
    private final Postgres target;
    private final String name = "w" + DATABASES.incrementAndGet();
    private int port;

    FollowedDatabase(MariaDb source, Postgres target) {
        this.source = source;
        this.target = target;
        port = source.port();
    }

    /** The job finds the source behind this port. */
    FollowedDatabase through(int proxy) {
        port = proxy;
        return this;
    }

    String name() {
        return name;
    }

    /** A job that follows the log of a table with two rows. */
    Job started() throws Exception {
        return started("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b INT)");
    }

    /** The same for a table that takes a row of its id alone. */
    Job started(String table) throws Exception {
        source.execute("CREATE DATABASE " + name, "USE " + name, table, "INSERT INTO t (id) VALUES (1)");
        Job job = follow();
        awaitIds("1");
        execute("INSERT INTO t (id) VALUES (2)");
        awaitIds("1", "2");
        return job;
    }

    Job follow() throws Exception {
        target.execute("DROP TABLE IF EXISTS public.t");
        return attached(Job.withCheckpoints(Duration.ofMillis(300)));
    }

    /** Submits the command with more flags. */
    Job attached(Job job, String... more) throws Exception {
        return command().with(more).submit(job, 1);
    }

    /** Statements of one session. */
    void execute(String... statements) throws SQLException {
        List<String> all = new ArrayList<>(List.of("USE " + name));
        all.addAll(List.of(statements));
        source.execute(all.toArray(new String[0]));
    }

    /** Its target stays as it is when the source's table is altered. */
    SyncCommand command() {
        return commandOf(name);
    }

    /** The same for all databases whose names match. */
    SyncCommand commandOf(String databases) {
        return SyncCommand.of(source, target, databases)
                .through(port)
                .sink("schema.change.behavior=ignore", "sink.merge.allow-replace=true");
    }

    static String failure(Job job) throws Exception {
        return ExceptionUtils.stringifyException(job.failure());
    }

    List<String> ids() throws SQLException {
        return target.query("SELECT id FROM public.t ORDER BY 1");
    }

    void awaitIds(String... ids) {
        await().atMost(Job.DEADLINE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(ids()).containsExactly(ids));
    }

    /** Waits until columns of some rows are the same in source and target. */
    void awaitSame(Job job, String columns, String where) throws SQLException {
        String query = "SELECT " + columns + " FROM %s.t WHERE " + where + " ORDER BY id";
        List<String> wanted = source.query(String.format(query, name));
        await().atMost(Job.DEADLINE).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            if (job.client().getJobExecutionResult().isDone()) {
                throw new IllegalStateException(failure(job));
            }
            assertThat(target.query(String.format(query, "public"))).isEqualTo(wanted);
        });
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
