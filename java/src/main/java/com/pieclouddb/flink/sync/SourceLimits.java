package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.SourceTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What Flink CDC's MySQL source cannot read: a table with it would stop the source, or come without a column.
 *
 * <p>Seen with the versions in docs/flink-cdc.md. Which types the sink takes is the native half's to say.
 */
final class SourceLimits {

    /** MariaDB's, which Debezium does not know, and MySQL 9's. */
    private static final Set<String> UNREADABLE_TYPES = Set.of("uuid", "inet4", "inet6", "vector");

    private static final Pattern UNQUOTED_BY_2 = Pattern.compile("[\\s'\"`]");

    /** BIT but BIT(1). */
    private static final Pattern MANY_BITS = Pattern.compile("(?i)bit\\((?!1\\)).*");

    private SourceLimits() {}

    /** Why the table cannot be read; empty where it can. */
    static List<String> of(SourceTable table, Cdc.Line line) {
        List<String> reasons = new ArrayList<>();
        if (line == Cdc.Line.VERVERICA && UNQUOTED_BY_2.matcher(table.table()).find()) {
            reasons.add("Flink CDC 2.4 cannot read a table with a blank or a quote in its name");
        }
        for (SourceTable.Column column : table.columns()) {
            if (UNREADABLE_TYPES.contains(column.type().toLowerCase(Locale.ROOT).split("[ (]", 2)[0])) {
                reasons.add("column '" + column.name() + "' is of type " + column.type());
            }
            if (table.primaryKey().contains(column.name()) && column.type().toLowerCase(Locale.ROOT).startsWith("float")) {
                reasons.add("column '" + column.name() + "' of its key is of type " + column.type()
                        + ", of which the snapshot tells six digits and the log all");
            }
            if (table.primaryKey().contains(column.name()) && MANY_BITS.matcher(column.type()).matches()) {
                reasons.add("column '" + column.name() + "' of its key is of type " + column.type()
                        + ", whose bytes Flink CDC turns around once too often in a key");
            }
            if (column.name().contains("`")) {
                reasons.add("column '" + column.name() + "' has a backquote in its name");
            }
        }
        return reasons;
    }
}
