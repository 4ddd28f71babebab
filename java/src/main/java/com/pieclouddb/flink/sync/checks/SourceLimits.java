package com.pieclouddb.flink.sync.checks;

import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.tables.TableRule;
import com.pieclouddb.flink.sync.tables.TargetColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;

/**
 * Why a table that is there cannot be loaded, by its names, columns and key: it would stop the source, come without a
 * column, or have no target.
 *
 * <p>Seen with the versions in docs/flink-cdc.md. Which types the sink takes is the native half's to say; what the
 * catalog says beyond this is {@link CatalogLimits}'s.
 */
@Internal
public final class SourceLimits {

    /** MariaDB's, which Debezium does not know, and MySQL 9's. */
    private static final Set<String> UNREADABLE_TYPES = Set.of("uuid", "inet4", "inet6", "vector");

    private static final Pattern UNQUOTED_BY_2 = Pattern.compile("[\\s'\"`]");

    /** BIT but BIT(1). */
    private static final Pattern MANY_BITS = Pattern.compile("(?i)bit\\((?!1\\)).*");

    /** Goes as it is into the text of a statement. */
    private static final Pattern UNQUOTED_BY_3 = Pattern.compile("['\\\\]");

    /** Names that MySQL takes without quotes, but for its reserved words. */
    private static final Pattern PLAIN = Pattern.compile("(?!\\d+$)[0-9A-Za-z$_\\x{80}-\\x{ffff}]+");

    private SourceLimits() {}

    /** Whether a name needs no quotes for the letters that it has. */
    static boolean isPlain(String name) {
        return PLAIN.matcher(name).matches();
    }

    /** Whether a table's name cannot be read back from a checkpoint, which would keep the job from starting again. */
    public static boolean isUnreadName(String table, CdcClasses.Line line) {
        return line == CdcClasses.Line.VERVERICA && UNQUOTED_BY_2.matcher(table).find();
    }

    /**
     * Why the table cannot be read; empty where it can.
     *
     * @param isCut whether a snapshot of it is read
     */
    public static List<String> of(SourceTable table, CdcClasses.Line line, MySqlConf conf, boolean isCut) {
        List<String> reasons = new ArrayList<>();
        if (isUnreadName(table.table(), line)) {
            reasons.add(TableRule.UNREAD_NAME.reason());
        }
        if (line == CdcClasses.Line.APACHE
                && isCut
                && UNQUOTED_BY_3.matcher(table.table()).find()) {
            reasons.add(TableRule.UNQUOTED_NAME.reason());
        }
        for (SourceTable.Column column : table.columns()) {
            if (UNREADABLE_TYPES.contains(column.type().toLowerCase(Locale.ROOT).split("[ (]", 2)[0])) {
                reasons.add(TableRule.TYPE.of(column.name(), column.type()));
            }
            if (table.primaryKey().contains(column.name())
                    && column.type().toLowerCase(Locale.ROOT).startsWith("float")) {
                reasons.add(TableRule.FLOAT_KEY.of(column.name(), column.type()));
            }
            if (table.primaryKey().contains(column.name())
                    && MANY_BITS.matcher(column.type()).matches()) {
                reasons.add(TableRule.BITS_KEY.of(column.name(), column.type()));
            }
            TargetColumns.problem(column.name()).ifPresent(reasons::add);
        }
        String cutBy = conf.chunkKeys()
                .getOrDefault(
                        SourceName.of(table),
                        table.primaryKey().isEmpty() ? null : table.primaryKey().get(0));
        if (line == CdcClasses.Line.VERVERICA && isCut && cutBy != null && !isPlain(cutBy)) {
            reasons.add(TableRule.KEY_NAME.of(cutBy));
        }
        return reasons;
    }
}
