package com.pieclouddb.flink.sync.conf;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * The one table of {@code --mysql-conf}: names as in Flink CDC's documentation, defaults, meanings.
 *
 * <p>What a value may be is {@link MySqlConf}'s concern.
 */
@Internal
public enum MySqlOption {
    HOSTNAME("hostname", null, "Host of the MySQL or MariaDB server. Required."),
    PORT("port", "3306", "Its port."),
    USERNAME("username", null, "Who reads. Required."),
    PASSWORD("password", "", "The user's password; better as file:PATH or env:NAME."),
    DATABASE_NAME(
            "database-name",
            null,
            "The database to read, or a regular expression of the whole names of several. " + "Required."),
    SERVER_ID(
            "server-id",
            "none",
            "Number, or range of numbers such as 5400-5408, by which the source's readers register as replicas; a"
                    + " range has at least as many as the source's parallelism. Default: one by chance, so set it where"
                    + " other replicas are."),
    SERVER_TIME_ZONE(
            "server-time-zone",
            "not used",
            "A zone, for example Asia/Shanghai. Taken for the sake of commands that have it, and not "
                    + "used: TIMESTAMP is read in UTC, whatever the server's zone."),
    STARTUP_MODE(
            "scan.startup.mode",
            "initial",
            "initial (all rows and then the log), earliest-offset, latest-offset, "
                    + "specific-offset or timestamp (the log alone, from there)."),
    STARTUP_FILE("scan.startup.specific-offset.file", "none", "With specific-offset: the log's file."),
    STARTUP_POSITION("scan.startup.specific-offset.pos", "none", "With specific-offset: the place in it."),
    STARTUP_GTIDS(
            "scan.startup.specific-offset.gtid-set",
            "none",
            "With specific-offset: the set of GTIDs, instead of file " + "and place."),
    STARTUP_TIMESTAMP("scan.startup.timestamp-millis", "none", "With timestamp: milliseconds since 1970."),
    CHUNK_SIZE("scan.incremental.snapshot.chunk.size", "8096", "Rows of one piece of the snapshot."),
    CHUNK_KEY(
            "scan.incremental.snapshot.chunk.key-column",
            "none",
            "Columns by which tables are cut into pieces: "
                    + "db.table:column, more behind semicolons. A table without a primary key needs one."),
    FETCH_SIZE("scan.snapshot.fetch.size", "1024", "Rows that are fetched at once."),
    CONNECT_TIMEOUT("connect.timeout", "30s", "Time for one attempt to connect."),
    HEARTBEAT_INTERVAL("heartbeat.interval", "30s", "How often the place in the log moves on when nothing changes."),
    OTHER_SERVER(
            "other-server",
            "refuse",
            "refuse or accept: whether the job may go on from a checkpoint or savepoint at a server that is another"
                + " one by its server_uuid or, for MariaDB, its server_id, hostname and port, while places in the log"
                + " are not GTIDs. Accept where its log is the same, for example after the host got another name."),
    CHECK_INTERVAL(
            "check.interval",
            "1min",
            "How often the job compares the source's tables, and the end of its log, with what it follows."),
    JDBC_PROPERTIES("jdbc.properties.*", "none", "Any property of MySQL's JDBC driver."),
    DEBEZIUM(
            "debezium.*",
            "none",
            "Any property of Debezium's MySQL connector that does not change how values are told.");

    private final String key;
    private final String defaultText;
    private final String meaning;

    MySqlOption(String key, String defaultText, String meaning) {
        this.key = key;
        this.defaultText = defaultText;
        this.meaning = meaning;
    }

    public String key() {
        return key;
    }

    /** A value, or a word that says what happens without one; null where one is required. */
    public String defaultText() {
        return defaultText;
    }

    public String meaning() {
        return meaning;
    }

    /** Whether it stands for all names that begin so. */
    boolean isPrefix() {
        return key.endsWith(".*");
    }

    /** What its names begin with. */
    String prefix() {
        return key.substring(0, key.length() - 1);
    }

    static Optional<MySqlOption> of(String name) {
        return Arrays.stream(values())
                .filter(option -> option.isPrefix()
                        ? name.length() > option.prefix().length() && name.startsWith(option.prefix())
                        : option.key.equals(name))
                .findFirst();
    }

    public static List<String> keys() {
        return Arrays.stream(values()).map(MySqlOption::key).collect(Collectors.toList());
    }
}
