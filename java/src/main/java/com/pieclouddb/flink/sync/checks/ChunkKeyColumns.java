package com.pieclouddb.flink.sync.checks;

import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import com.pieclouddb.flink.sync.mysql.SourceServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By which column Flink CDC cuts a table into the pieces of its snapshot.
 *
 * <p>Flink CDC takes the first column of the key, and fails, or cuts without end, where its type is one that it cannot
 * compute with. Then another column of the key is taken; where there is none the table is refused. Which rows are right
 * in the end does not hang on it: that is {@code SnapshotReplay}'s.
 */
@Internal
public final class ChunkKeyColumns {

    /**
     * Types of which Flink CDC fails to read or to subtract the least and the greatest value, or that it does not know
     * there.
     */
    private static final Map<CdcClasses.Line, Set<String>> NOT_CUT = Map.of(
            CdcClasses.Line.APACHE, Set.of("year", "time", "bit"),
            CdcClasses.Line.VERVERICA, Set.of("year", "time", "bit", "enum", "set"));

    /** Rows from which a piece that is a whole table is told of. */
    private static final long MANY_ROWS = 500_000;

    private static final Logger LOG = LoggerFactory.getLogger(ChunkKeyColumns.class);

    private final MySqlConf conf;
    private final CdcClasses.Line line;
    private final SourceServer server;
    private final Map<String, Boolean> unquoted = new HashMap<>();
    private final Map<SourceName, String> chosen = new TreeMap<>();
    private final Map<SourceName, String> problems = new TreeMap<>();

    private ChunkKeyColumns(MySqlConf conf, CdcClasses.Line line, SourceServer server) {
        this.conf = conf;
        this.line = line;
        this.server = server;
    }

    /**
     * Chooses them; throws, naming all tables that Flink CDC cannot cut.
     *
     * @param goesOn whether the job was started before: no table is cut then that was not at the first start
     */
    public static ChunkKeyColumns of(
            List<SourceTable> loaded, MySqlConf conf, CdcClasses.Line line, SourceServer server, boolean goesOn) {
        ChunkKeyColumns columns = new ChunkKeyColumns(conf, line, server);
        if (!conf.readsSnapshot()) {
            return columns;
        }
        loaded.forEach(columns::choose);
        if (goesOn && !columns.problems.isEmpty()) {
            LOG.warn(
                    "Flink CDC could not cut these tables into pieces of a snapshot, and goes on with their log alone,"
                            + " unless pieces of them are still to be read: {}",
                    columns.told("; "));
        } else if (!columns.problems.isEmpty()) {
            throw new ValidationException(
                    "Flink CDC cannot cut these tables into pieces of a snapshot; name a column by "
                            + Flag.MYSQL_CONF.text() + " '" + MySqlOption.CHUNK_KEY.key()
                            + "=db.table:column', or exclude them by "
                            + Flag.EXCLUDING_TABLES.text() + ":\n  " + columns.told("\n  "));
        }
        columns.tellOfLargePieces(loaded);
        return columns;
    }

    /** Those that Flink CDC must be told of. */
    public Map<SourceName, String> chosen() {
        return chosen;
    }

    /** Tables that it could not cut, and why: of a job that goes on, with the log alone. */
    public Map<SourceName, String> uncut() {
        return problems;
    }

    private String told(String delimiter) {
        return problems.entrySet().stream()
                .map(problem -> "'" + problem.getKey() + "': " + problem.getValue())
                .collect(Collectors.joining(delimiter));
    }

    private void choose(SourceTable table) {
        SourceName name = SourceName.of(table);
        String given = conf.chunkKeys().get(name);
        if (given != null) {
            chosen.put(name, given);
            if (line == CdcClasses.Line.VERVERICA
                    && !table.primaryKey().isEmpty()
                    && !table.primaryKey().contains(given)) {
                problems.put(name, "column '" + given + "' is none of its key, which Flink CDC 2.4 asks for");
            } else {
                reason(table, given).ifPresent(reason -> problems.put(name, reason));
            }
            return;
        }
        List<String> reasons = new ArrayList<>();
        for (String column : table.primaryKey()) {
            Optional<String> reason = reason(table, column);
            if (reason.isEmpty()) {
                if (!reasons.isEmpty()) {
                    chosen.put(name, column);
                }
                return;
            }
            reasons.add(reason.get());
        }
        problems.put(name, String.join(", ", reasons));
    }

    /** Why it cannot be cut by the column. */
    private Optional<String> reason(SourceTable table, String column) {
        String type = type(table, column);
        if (NOT_CUT.get(line).contains(type.split("[ (]", 2)[0])) {
            return Optional.of("column '" + column + "' is of type " + type);
        }
        if (line == CdcClasses.Line.VERVERICA && !isNameWithoutQuotes(column) && needsSeveralPieces(table, type)) {
            return Optional.of("column '" + column
                    + "' has a reserved word for its name, which Flink CDC 2.4 does not quote where it reads more than"
                    + " one piece of " + conf.number(MySqlOption.CHUNK_SIZE) + " rows");
        }
        return type.startsWith("bigint") && type.contains("unsigned") && passesSigned(table, column)
                ? Optional.of("column '" + column
                        + "' has numbers above 9223372036854775807, by which Flink CDC cuts without end")
                : Optional.empty();
    }

    /**
     * Asks by a statement of the form that Flink CDC makes: a word such as {@code key} is an error, one such as
     * {@code true} another value.
     */
    private boolean isNameWithoutQuotes(String column) {
        return unquoted.computeIfAbsent(
                column,
                name -> SourceLimits.isPlain(name)
                        && server.rows("SELECT MAX(" + name + ") FROM (SELECT 42 AS " + quoted(name) + ") AS t WHERE "
                                        + name + " >= 42 AND NOT (" + name + " = 41) AND " + name + " <= 42 ORDER BY "
                                        + name)
                                .filter(rows -> rows.size() == 1 && rows.get(0).containsValue("42"))
                                .isPresent());
    }

    /** By the rows that are there, and by those that the server takes to be there, which is what Flink CDC asks for. */
    private boolean needsSeveralPieces(SourceTable table, String type) {
        long[] rows = new long[2];
        server.ask(
                "SELECT count(*) FROM (SELECT 1 FROM " + quoted(table.database()) + "." + quoted(table.table())
                        + " LIMIT " + (conf.number(MySqlOption.CHUNK_SIZE) + 1) + ") AS t",
                row -> rows[0] = row.getLong(1));
        server.ask(
                "SELECT table_rows FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
                row -> rows[1] = row.getLong(1),
                table.database(),
                table.table());
        // Bounds of bytes are compared by the addresses of arrays.
        return Math.max(rows[0], rows[1]) > (type.contains("binary") ? 1 : conf.number(MySqlOption.CHUNK_SIZE));
    }

    private boolean passesSigned(SourceTable table, String column) {
        boolean[] passes = new boolean[1];
        server.ask(
                "SELECT max(" + quoted(column) + ") > 9223372036854775807 FROM " + quoted(table.database()) + "."
                        + quoted(table.table()),
                row -> passes[0] = row.getBoolean(1));
        return passes[0];
    }

    /** A piece stays in the heap until it is read, and by some types the last one is nearly the whole table. */
    private void tellOfLargePieces(List<SourceTable> loaded) {
        Map<SourceName, SourceTable> unsure = loaded.stream()
                .filter(table -> !AppendedSnapshot.isOrdered(type(table, cutBy(table))))
                .collect(Collectors.toMap(SourceName::of, table -> table));
        server.ask(
                "SELECT table_schema, table_name, table_rows FROM information_schema.tables WHERE table_type = 'BASE"
                        + " TABLE' AND table_rows >= " + MANY_ROWS,
                row -> {
                    SourceTable table = unsure.get(new SourceName(row.getString(1), row.getString(2)));
                    if (table != null) {
                        LOG.warn(
                                "table '{}' has about {} rows and is cut by column '{}' of type {}: the last piece of"
                                        + " its snapshot may be as large as the table, and is kept in the heap of a"
                                        + " TaskManager while it is read; {} can name a column of whole numbers",
                                SourceName.of(table),
                                row.getLong(3),
                                cutBy(table),
                                type(table, cutBy(table)),
                                MySqlOption.CHUNK_KEY.key());
                    }
                });
    }

    private String cutBy(SourceTable table) {
        String column = chosen.get(SourceName.of(table));
        return column == null ? table.primaryKey().get(0) : column;
    }

    private static String type(SourceTable table, String name) {
        return table.columns().stream()
                .filter(column -> column.name().equals(name))
                .map(column -> column.type().toLowerCase(Locale.ROOT))
                .findFirst()
                .orElse("");
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }
}
