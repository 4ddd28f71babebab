package com.pieclouddb.flink.sync.mysql;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * The one table of what a server is asked before the job starts and each time that its readers open: what is asked,
 * what must not be found, what the job does then, and why.
 *
 * <p>Under each of these settings changes are not in the log, or in a form that Flink CDC drops or misreads without an
 * error. docs/sync-job.md has the same table. What it cannot ask, since the user has not the right, it does not tell.
 */
@Internal
public enum ServerRule {
    LOG_OFF(
            Reaction.REFUSED,
            Tested.SERVER,
            "`log_bin` is `OFF`",
            "the server writes no log of changes",
            server -> server.unless("log_bin", "ON")),
    FORMAT(
            Reaction.REFUSED,
            Tested.SERVER,
            "`binlog_format` is not `ROW`",
            "changes are logged as statements, of which Flink CDC reads no row",
            server -> server.unless("binlog_format", "ROW")),
    IMAGE(
            Reaction.REFUSED,
            Tested.SERVER,
            "`binlog_row_image` is not `FULL`",
            "rows in the log lack columns",
            server -> server.unless("binlog_row_image", "FULL")),
    PARTIAL_JSON(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "`binlog_row_value_options` is not empty",
            "updates of JSON are logged in part, and Flink CDC drops them",
            server -> server.unless("binlog_row_value_options", "")),
    COMPRESSED_EVENTS(
            Reaction.REFUSED,
            Tested.SERVER,
            "`log_bin_compress` is `ON`",
            "rows and statements in the log are compressed, and Flink CDC drops them",
            server -> server.on("log_bin_compress")),
    COMPRESSED_TRANSACTIONS(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "`binlog_transaction_compression` is `ON`",
            "Flink CDC stands still at the first compressed transaction, without an error",
            server -> server.on("binlog_transaction_compression")),
    COMPRESSING_SESSIONS(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "`performance_schema.variables_by_thread` has sessions with `binlog_transaction_compression` `ON`",
            "Flink CDC stands still at the first compressed transaction, without an error",
            server -> server.sessionsWith("binlog_transaction_compression", "ON")),
    TWO_PHASES(
            Reaction.REFUSED,
            Tested.SERVER,
            "`binlog_alter_two_phase` is `ON`",
            "an ALTER TABLE is logged before it is done, and twice, also where it fails",
            server -> server.on("binlog_alter_two_phase")),
    LOG_FILTERS(
            Reaction.REFUSED,
            Tested.SERVER,
            "`SHOW MASTER STATUS` has `Binlog_Do_DB` or `Binlog_Ignore_DB`",
            "the log leaves databases out, and definitions by other names than rows",
            ServerProbe::logFilters),
    REPLICA_WITHOUT_LOG(
            Reaction.REFUSED,
            Tested.SERVER,
            "`log_slave_updates` or `log_replica_updates` is `OFF` on a replica",
            "the changes of the server that it repeats are not in its log",
            server -> server.isReplica().orElse(false) ? withoutLog(server) : Optional.empty()),
    NODE_WITHOUT_LOG(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "`wsrep_on` is `ON`, and `log_slave_updates` is `OFF`",
            "the changes of the cluster's other nodes are not in its log",
            server -> server.isOn("wsrep_on") ? withoutLog(server) : Optional.empty()),
    READ_ONLY_WITHOUT_LOG(
            Reaction.WARNED,
            Tested.SERVER,
            "the same and `read_only` is `ON`, where the user may not see whether it is a replica",
            "if it is a replica, the changes of the server that it repeats are not in its log",
            server -> server.isReplica().isEmpty() && server.isOn("read_only") ? withoutLog(server) : Optional.empty()),
    REPLICA_FILTERS(
            Reaction.WARNED,
            Tested.SERVER,
            "a replica's status has `Replicate_*` filters, or `slave_skip_errors` is set",
            "the replica lacks changes, and so will the target",
            ServerProbe::replicaFilters),
    SEMI_SYNC(
            Reaction.WARNED,
            Tested.SERVER,
            "semi-synchronous replication waits at `AFTER_SYNC`, and the job reads a snapshot",
            "a transaction is in the log before it can be read; one that waits just then for a replica may be missing"
                    + " behind the snapshot: compare the number of rows once",
            server -> server.readsSnapshot()
                            && server.on("rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled")
                                    .isPresent()
                    ? server.first("AFTER_SYNC", "rpl_semi_sync_master_wait_point", "rpl_semi_sync_source_wait_point")
                    : Optional.empty()),
    GTID_GAPS(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "Flink CDC 2.4, `gtid_mode` is `ON`, and `gtid_executed` has gaps, or a group has several primaries",
            "after a restart, transactions in the gaps count as read; Flink CDC 3.5 reads them",
            server -> server.line() == CdcClasses.Line.VERVERICA ? Gtids.gaps(server) : Optional.empty()),
    GTID_TAGS(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "`gtid_executed` has tags",
            "Flink CDC cannot read GTIDs with tags (MySQL 8.3)",
            Gtids::tags),
    GTID_WITHIN_EVENT(
            Reaction.WARNED,
            Tested.ANSWERS,
            "`gtid_mode` is `ON`, and the job reads the log alone",
            "a restart in the middle of an event of many rows loses the rest of it (FLINK-38531); stop such a job"
                    + " while nobody writes",
            server -> server.readsSnapshot() ? Optional.empty() : server.on("gtid_mode")),
    NEWER_WORDS(
            Reaction.REFUSED,
            Tested.ANSWERS,
            "MySQL 8.4 or later",
            "it has no SHOW MASTER STATUS any more, which Flink CDC asks",
            server ->
                    server.isMySql(8, 4, 0) ? Optional.of("version " + server.variable("version")) : Optional.empty()),
    PREPARED(
            Reaction.WARNED,
            Tested.SERVER,
            "`XA RECOVER` has prepared transactions",
            "MySQL logs their rows before they are committed; on MariaDB 10.5 and later the log cannot be read past an"
                    + " XA transaction",
            ServerProbe::preparedTransactions),
    MEMORY_ENGINE(
            Reaction.WARNED,
            Tested.SERVER,
            "a followed table's engine is `MEMORY`",
            "it is empty after a restart of the server, which Flink CDC does not tell",
            server -> server.tablesOf("MEMORY")),
    OTHER_ROWS(
            Reaction.WARNED,
            Tested.SERVER,
            "a followed table's engine is another one than `InnoDB`, MyRocks without a TTL, `TokuDB`, `MyISAM`, `Aria`,"
                    + " `CSV`, `ARCHIVE` or `MEMORY`",
            "rows come or go elsewhere than through this server's log",
            ServerProbe::tablesOfElsewhere),
    NO_TRANSACTIONS(
            Reaction.WARNED,
            Tested.SERVER,
            "a followed table's engine is `MyISAM`, `Aria`, `CSV` or `ARCHIVE`",
            "a transaction that writes to it and is rolled back stops the job",
            server -> server.tablesOf("MYISAM", "ARIA", "CSV", "ARCHIVE")),
    CASCADES(
            Reaction.WARNED,
            Tested.SERVER,
            "a followed table has a foreign key with `CASCADE`, `SET NULL` or `SET DEFAULT`",
            "rows that such a key deletes or changes are not in the log",
            ServerProbe::cascades),
    NEAR_CHARSETS(
            Reaction.WARNED,
            Tested.SERVER,
            "a followed column's charset is `sjis`, `cp866`, `greek`, `hebrew`, `gbk`, `big5` or `tis620`",
            "Java's charset of that name differs in single letters, in the log only",
            server -> server.tablesWith(List.of("sjis", "cp866", "greek", "hebrew", "gbk", "big5", "tis620")));

    private final Reaction reaction;
    private final Tested tested;
    private final String found;
    private final String reason;
    private final Function<ServerProbe, Optional<String>> question;

    ServerRule(
            Reaction reaction,
            Tested tested,
            String found,
            String reason,
            Function<ServerProbe, Optional<String>> question) {
        this.reaction = reaction;
        this.tested = tested;
        this.found = found;
        this.reason = reason;
        this.question = question;
    }

    /**
     * Throws what keeps any job from following the server; where nothing does no table is asked for, and nothing told.
     *
     * @param warning takes what is to be known beside the refusal
     */
    public static void refuse(ServerProbe server, Consumer<String> warning) {
        if (!found(server, Reaction.REFUSED).isEmpty()) {
            check(server, warning);
        }
    }

    /**
     * Holds a server against all rules.
     *
     * @param warning takes one line for each rule that only warns
     */
    public static void check(ServerProbe server, Consumer<String> warning) {
        found(server, Reaction.WARNED).forEach(warning);
        List<String> refused = found(server, Reaction.REFUSED);
        if (!refused.isEmpty()) {
            throw new ValidationException(
                    "The source's server cannot be followed; see docs/sync-job.md, 'What the server is asked':\n  "
                            + String.join("\n  ", refused));
        }
    }

    private static List<String> found(ServerProbe server, Reaction reaction) {
        List<String> found = new ArrayList<>();
        for (ServerRule rule : values()) {
            if (rule.reaction == reaction) {
                rule.question.apply(server).ifPresent(what -> found.add(what + ": " + rule.reason));
            }
        }
        return found;
    }

    Reaction reaction() {
        return reaction;
    }

    Tested tested() {
        return tested;
    }

    /** Its line in the documentation. */
    public String documented() {
        return "| " + found + " | " + reaction.text + " | " + reason + " | " + tested.text + " |";
    }

    private static Optional<String> withoutLog(ServerProbe server) {
        return server.first("OFF", "log_slave_updates", "log_replica_updates");
    }

    /** What the job does. */
    enum Reaction {
        /** It does not start, or fails when its readers open. */
        REFUSED("refused"),
        /** It says so, and goes on. */
        WARNED("one WARN");

        private final String text;

        Reaction(String text) {
            this.text = text;
        }
    }

    /** Where the rule was seen to find what it looks for. */
    enum Tested {
        /** On a server. */
        SERVER("MariaDB 10.11"),
        /** By answers that a test gives, since only MySQL has what is asked. */
        ANSWERS("given answers");

        private final String text;

        Tested(String text) {
            this.text = text;
        }
    }
}
