package com.pieclouddb.flink.sync.source;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import com.pieclouddb.flink.sync.mysql.ServerIdentity;
import com.pieclouddb.flink.sync.mysql.SourceCatalog;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.table.api.ValidationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the source's server every so often which tables there are that the job did not know when it was planned, and
 * where its log ends.
 *
 * <p>A thread of its own, so that neither readers nor checkpoints wait for the server; it ends with an interrupt. An
 * answer that fails is said once in the log until one succeeds, and ends nothing: Flink CDC will tell. Another server
 * behind the same name ends the job.
 */
final class TableComparison implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TableComparison.class);

    private final PlannedSource planned;
    private final CdcClasses cdc;
    private final Consumer<UnknownTablesRequest> found;
    private final Consumer<RuntimeException> failed;
    private final Thread thread;
    private boolean isFailing;

    /**
     * Begins.
     *
     * @param found takes each answer, in the thread of the comparison
     * @param failed takes what ends the job
     */
    TableComparison(
            PlannedSource planned,
            CdcClasses cdc,
            Consumer<UnknownTablesRequest> found,
            Consumer<RuntimeException> failed) {
        this.planned = planned;
        this.cdc = cdc;
        this.found = found;
        this.failed = failed;
        thread = new Thread(this::run, "pieclouddb-source-tables");
        thread.setDaemon(true);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        thread.start();
    }

    private void run() {
        Duration interval = planned.conf().duration(MySqlOption.CHECK_INTERVAL);
        try {
            while (true) {
                Thread.sleep(interval.toMillis());
                look();
            }
        } catch (InterruptedException e) {
            // The end of the enumerator.
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws InterruptedException {
        Look look;
        try {
            look = TimedQuestion.ask(planned.conf(), cdc, this::ask);
        } catch (RuntimeException e) {
            if (!isFailing) {
                LOG.warn(
                        "the source's tables cannot be compared with those that the job follows, which is tried again:"
                                + " {}",
                        e.getMessage());
            }
            isFailing = true;
            return;
        }
        isFailing = false;
        try {
            planned.checkIdentity(look.server, planned.server());
        } catch (ValidationException e) {
            failed.accept(e);
            return;
        }
        if (look.request != null) {
            found.accept(look.request);
        }
    }

    private Look ask(SourceServer answers) {
        List<SourceName> tables = new ArrayList<>();
        answers.ask(
                "SELECT table_schema, table_name FROM information_schema.tables"
                        + " WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_schema"
                        + SourceCatalog.NOT_OURS,
                row -> tables.add(new SourceName(row.getString(1), row.getString(2))));
        // Behind the tables: the definition of each stands in front of it.
        UnknownTablesRequest request = LogPosition.end(answers)
                .map(end -> new UnknownTablesRequest(planned.later(tables), end))
                .orElse(null);
        return new Look(planned.identity(answers, cdc.line()), request);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    /** What one visit saw. */
    private static final class Look {
        final ServerIdentity server;

        /** Null where the server does not tell the end of its log. */
        final UnknownTablesRequest request;

        Look(ServerIdentity server, UnknownTablesRequest request) {
            this.server = server;
            this.request = request;
        }
    }
}
