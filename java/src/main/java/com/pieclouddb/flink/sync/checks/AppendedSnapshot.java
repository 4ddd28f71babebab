package com.pieclouddb.flink.sync.checks;

import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.handles.ReplayHandles;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * What a snapshot needs of the tables whose rows are appended, where a change that is told twice is a row too many.
 *
 * <p>They cannot be followed by {@code SnapshotReplay}, so Flink CDC must itself know which changes a piece of the
 * snapshot holds: by a column that Java orders as the server does, and by places of the log that it can compare. A
 * promise of the user that the source is quiet meanwhile stands for both.
 */
@Internal
public final class AppendedSnapshot {

    /**
     * Whole numbers and exact fractions. Texts, times, bytes and floating numbers have another order on the server, or
     * several.
     */
    private static final Set<String> ORDERED =
            Set.of("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric");

    private final MySqlConf conf;
    private final CdcClasses cdc;
    private final Map<SourceName, String> cut;
    private final boolean appendsAll;
    private final boolean isQuiet;

    /**
     * The question.
     *
     * @param cut the columns that are not the first of a key, by which tables are cut
     */
    public AppendedSnapshot(
            MySqlConf conf, CdcClasses cdc, Map<SourceName, String> cut, boolean appendsAll, boolean isQuiet) {
        this.conf = conf;
        this.cdc = cdc;
        this.cut = cut;
        this.appendsAll = appendsAll;
        this.isQuiet = isQuiet;
    }

    /** Throws where a row could be missing or come twice, naming all tables. */
    public void check(List<SourceTable> loaded, SourceServer server) {
        List<SourceTable> appended = loaded.stream()
                .filter(table -> appendsAll || table.primaryKey().isEmpty())
                .collect(Collectors.toList());
        if (isQuiet || appended.isEmpty() || !conf.readsSnapshot()) {
            return;
        }
        List<String> problems = new ArrayList<>();
        appended.forEach(table -> addProblem(problems, table));
        if (!problems.isEmpty()) {
            throw new ValidationException(
                    "Rows of these tables are appended, and while their snapshot is read changes could be missing or"
                            + " come twice: Flink CDC orders the column by which it cuts them in another way than the"
                            + " server. Name a column of whole numbers or DECIMAL by " + Flag.MYSQL_CONF.text() + " '"
                            + MySqlOption.CHUNK_KEY.key()
                            + "=db.table:column', or promise by " + Flag.QUIET_SOURCE.text()
                            + " that nobody writes to them meanwhile:\n  " + String.join("\n  ", problems));
        }
        if (!ordersPlaces() && !hasGtids(server)) {
            throw new ValidationException(
                    "This Flink CDC does not know which changes a snapshot holds on a server without "
                            + "MySQL's GTIDs (FLINK-37191, mended in 3.4), and rows of " + appended.size()
                            + " tables are appended, "
                            + "among them '" + SourceName.of(appended.get(0))
                            + "': they could be missing or come twice. Take Flink CDC "
                            + "3.5 with Flink 1.20, or promise by " + Flag.QUIET_SOURCE.text()
                            + " that nobody writes to them until their snapshot is over");
        }
    }

    /**
     * Whether the server's order of a type is Java's order of what Flink CDC makes of its values, by its name in the
     * catalog.
     */
    static boolean isOrdered(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        // The driver takes one digit for a Boolean, and sends an unsigned long number as a text.
        return ORDERED.contains(lower.split("[ (]", 2)[0])
                && !lower.startsWith("tinyint(1)")
                && !(lower.startsWith("bigint") && lower.contains("unsigned"));
    }

    private void addProblem(List<String> problems, SourceTable table) {
        SourceName name = SourceName.of(table);
        String by = cut.containsKey(name) ? cut.get(name) : table.primaryKey().get(0);
        table.columns().stream()
                .filter(column -> column.name().equals(by) && !isOrdered(column.type()))
                .forEach(column -> problems.add("'" + name + "': column '" + by + "' of type " + column.type()));
    }

    private boolean ordersPlaces() {
        try {
            return ReplayHandles.of(cdc).ordersPlaces();
        } catch (Throwable e) {
            throw new FlinkRuntimeException("Flink CDC does not compare places of the log", e);
        }
    }

    private static boolean hasGtids(SourceServer server) {
        boolean[] on = new boolean[1];
        server.ask(
                "SHOW GLOBAL VARIABLES LIKE 'gtid_mode'",
                row -> on[0] = row.getString(2).equals("ON"));
        return on[0];
    }
}
