package com.pieclouddb.flink.it;

import com.pieclouddb.flink.sync.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The command {@code mysql-sync-database} between the two servers of a test: its words, and what runs them.
 *
 * <p>Each method gives another command and leaves this one as it is. Unless told otherwise it logs in at the source as
 * {@link MariaDb#USER}, and has a heartbeat each second, so that a test need not wait for what an idle source tells
 * late.
 */
final class SyncCommand {

    private static final String TARGET_PASSWORD = "target-password";

    private final List<String> source;
    private final List<String> others;

    private SyncCommand(List<String> source, List<String> others) {
        this.source = source;
        this.others = others;
    }

    /** A target that {@link #of} can log in to. */
    static Postgres startTarget() throws IOException {
        return Postgres.startWithPassword("scram", TARGET_PASSWORD);
    }

    /** From the databases whose names match. */
    static SyncCommand of(MariaDb source, Postgres target, String databases) {
        return new SyncCommand(
                        login(source.port(), MariaDb.USER, MariaDb.PASSWORD),
                        List.of("mysql-sync-database", "--database", "postgres"))
                .source("database-name=" + databases, "heartbeat.interval=1s")
                .sink(
                        "hostname=127.0.0.1",
                        "port=" + target.port(),
                        "username=postgres",
                        "password=" + TARGET_PASSWORD);
    }

    /** The source is behind this port. */
    SyncCommand through(int proxy) {
        List<String> login = new ArrayList<>(source);
        login.set(1, "port=" + proxy);
        return new SyncCommand(login, others);
    }

    /** Logs in at the source as somebody else. */
    SyncCommand as(String user, String password) {
        return new SyncCommand(
                List.of(source.get(0), source.get(1), "username=" + user, "password=" + password), others);
    }

    private static List<String> login(int port, String user, String password) {
        return List.of("hostname=127.0.0.1", "port=" + port, "username=" + user, "password=" + password);
    }

    /** Adds settings of the source. */
    SyncCommand source(String... settings) {
        return with("--mysql-conf", List.of(settings));
    }

    /** Adds options of the sink. */
    SyncCommand sink(String... options) {
        return with("--sink-conf", List.of(options));
    }

    /** Adds words as they are. */
    SyncCommand with(String... words) {
        List<String> all = new ArrayList<>(others);
        all.addAll(List.of(words));
        return new SyncCommand(source, all);
    }

    private SyncCommand with(String flag, List<String> values) {
        List<String> all = new ArrayList<>(others);
        values.forEach(value -> all.addAll(List.of(flag, value)));
        return new SyncCommand(source, all);
    }

    /** As {@code flink run} does; returns when the job is submitted. */
    Job submit(Job job, int parallelism) throws Exception {
        return job.attach(SubmittedCommand.submit(job.environment(parallelism), words()));
    }

    /** In this thread, to its end: of a command that makes no job, or is refused. */
    void run() throws Exception {
        Command.main(words().toArray(new String[0]));
    }

    private List<String> words() {
        return with("--mysql-conf", source).others;
    }
}
