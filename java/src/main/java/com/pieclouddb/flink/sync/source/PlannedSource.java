package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.mysql.Gtids;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.ServerIdentity;
import com.pieclouddb.flink.sync.mysql.ServerProbe;
import com.pieclouddb.flink.sync.mysql.ServerRule;
import com.pieclouddb.flink.sync.mysql.SourceAnswers;
import com.pieclouddb.flink.sync.tables.TableSelection;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * What the job was planned by, for those that ask the source's server again while it runs.
 *
 * <p>It opens no connection by itself.
 */
@Internal
public final class PlannedSource implements Serializable {

    private static final long serialVersionUID = 1L;

    private final MySqlConf conf;
    private final TableSelection selection;
    private final HashSet<SourceName> loaded;
    private final HashSet<SourceName> without;
    private final RestoredTables restored;
    private final ServerIdentity server;
    private final boolean hasGtids;
    private final String isolationVariable;

    /** Null where the server did not tell it, or the job reads no snapshot. */
    private final LogPosition begin;

    private PlannedSource(
            MySqlConf conf,
            TableSelection selection,
            Collection<SourceName> loaded,
            Collection<SourceName> without,
            RestoredTables restored,
            LogPosition begin,
            ServerProbe server) {
        this.conf = conf;
        this.selection = selection;
        this.loaded = new HashSet<>(loaded);
        this.without = new HashSet<>(without);
        this.restored = restored;
        this.server = ServerIdentity.of(server);
        hasGtids = server.isOn("gtid_mode");
        isolationVariable = server.isolationVariable();
        this.begin = conf.readsSnapshot() ? begin : null;
    }

    /** Throws where no table of the server can be followed, before anybody asks for tables. */
    public static void refuse(SourceAnswers answers, CdcClasses.Line line, MySqlConf conf, Consumer<String> warning) {
        ServerRule.refuse(new ServerProbe(answers, line, conf.readsSnapshot(), none -> false), warning);
    }

    /**
     * Asks the server all that must be known of it.
     *
     * @param loaded tables that were there when the job was planned, and are loaded
     * @param without those that are selected and left out
     * @param restored those of them that the job's state must have
     * @param begin the end of the log before anybody looked which tables there are; null where it is not known
     * @param warning takes what is no reason to refuse it
     */
    public static PlannedSource of(
            SourceAnswers answers,
            CdcClasses.Line line,
            MySqlConf conf,
            TableSelection selection,
            Collection<SourceName> loaded,
            Collection<SourceName> without,
            RestoredTables restored,
            LogPosition begin,
            Consumer<String> warning) {
        HashSet<SourceName> out = new HashSet<>(without);
        ServerProbe server = new ServerProbe(
                answers, line, conf.readsSnapshot(), name -> selection.selects(name) && !out.contains(name));
        ServerRule.check(server, warning);
        return new PlannedSource(conf, selection, loaded, without, restored, begin, server);
    }

    MySqlConf conf() {
        return conf;
    }

    TableSelection selection() {
        return selection;
    }

    Collection<SourceName> without() {
        return without;
    }

    RestoredTables restored() {
        return restored;
    }

    ServerIdentity server() {
        return server;
    }

    String isolationVariable() {
        return isolationVariable;
    }

    LogPosition begin() {
        return begin;
    }

    /** Which server answers. */
    ServerIdentity identity(SourceAnswers answers, CdcClasses.Line line) {
        return ServerIdentity.of(probe(answers, line));
    }

    private ServerProbe probe(SourceAnswers answers, CdcClasses.Line line) {
        return new ServerProbe(answers, line, conf.readsSnapshot(), this::follows);
    }

    /** Whether a table is read: one that is there, or one that comes. */
    boolean follows(SourceName name) {
        return selection.selects(name) && !without.contains(name);
    }

    /** Of these, those that are read and were not there when the job was planned. */
    TreeSet<SourceName> later(Collection<SourceName> tables) {
        TreeSet<SourceName> later = new TreeSet<>();
        for (SourceName name : tables) {
            if (follows(name) && !loaded.contains(name)) {
                later.add(name);
            }
        }
        return later;
    }

    /** Holds the server against all rules once more. */
    void check(SourceAnswers answers, CdcClasses.Line line, Consumer<String> warning) {
        ServerProbe probe = probe(answers, line);
        checkIdentity(ServerIdentity.of(probe), server);
        ServerRule.check(probe, warning);
    }

    /** Throws where places of one server's log would be looked for in another's. */
    public void checkIdentity(ServerIdentity now, ServerIdentity before) {
        if (!hasGtids && conf.text(MySqlOption.OTHER_SERVER).equals("refuse")) {
            now.check(before);
        }
    }

    /**
     * Throws where transactions that were never read are gone from the log.
     *
     * @param read the set that a reader goes on from
     */
    public void checkPurged(SourceAnswers answers, String read) {
        String purged = answers.variables().getOrDefault("gtid_purged", "");
        TreeSet<String> servers = Gtids.purgedAndUnread(purged, read);
        if (!servers.isEmpty()) {
            throw new ValidationException(
                    "The source cannot be read on: transactions of servers " + String.join(", ", servers)
                            + " are purged from its log and were not read before, and Flink CDC would take them for"
                            + " read. Load the tables anew by a job without a savepoint");
        }
    }
}
