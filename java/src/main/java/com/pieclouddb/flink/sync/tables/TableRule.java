package com.pieclouddb.flink.sync.tables;

import com.pieclouddb.flink.sync.conf.MySqlOption;
import org.apache.flink.annotation.Internal;

/**
 * The one table of what keeps a single table of the source from being loaded as others are: what it is, what the job
 * does with such a table that is there, and with one that is created whenCreatedLater.
 *
 * <p>docs/sync-job.md has the same table. Who finds what is {@code SourceLimits}'s and {@code CatalogLimits}'s.
 */
@Internal
public enum TableRule {
    TYPE("a column of type UUID, INET4, INET6 or VECTOR", WhenCreatedLater.STOPS, "is of type %s"),
    FLOAT_KEY(
            "FLOAT in its key",
            WhenCreatedLater.READ_FROM_LOG,
            "of its key is of type %s, of which the snapshot tells six digits and the log all"),
    BITS_KEY(
            "BIT(2) and more in its key",
            WhenCreatedLater.READ_FROM_LOG,
            "of its key is of type %s, whose bytes Flink CDC turns around once too often in a key"),
    COMPRESSED("a `COMPRESSED` column", WhenCreatedLater.STOPS, "is COMPRESSED"),
    INVISIBLE(
            "an `INVISIBLE` column, where the job reads a snapshot",
            WhenCreatedLater.READ,
            "is INVISIBLE, and the snapshot leaves it out"),
    FAR_CHARSET(
            "a column of charset `armscii8`, `geostd8`, `hp8`, `dec8`, `keybcs2`, `swe7`, `koi8u`, `euckr`, `ujis` or"
                    + " `eucjpms`",
            WhenCreatedLater.READ_WHILE_ASCII,
            "is of charset %s, which Java does not have"),
    BACKQUOTE("a backquote in the name of a column", WhenCreatedLater.LEFT_OUT, "has a backquote in its name"),
    SYSTEM_COLUMN(
            "a column with the name of a system column of the target: `xmin`, `xmax`, `cmin`, `cmax`, `ctid`,"
                    + " `tableoid`, `gp_segment_id`",
            WhenCreatedLater.LEFT_OUT,
            "has the name of a system column of the target"),
    LONG_COLUMN(
            "the name of a column is longer than 63 bytes",
            WhenCreatedLater.LEFT_OUT,
            "has a name of more than 63 bytes, which the target would cut off"),
    LONG_TARGET(
            "the name of a target's table or schema is longer than 63 bytes",
            WhenCreatedLater.LEFT_OUT,
            "its target would be called '%s', which has more than 63 bytes"),
    UNREAD_NAME(
            "with Flink CDC 2.4, a blank or a quote in the name of a table",
            WhenCreatedLater.STOPS_AT_ONCE,
            "Flink CDC 2.4 cannot read a table with a blank or a quote in its name"),
    UNQUOTED_NAME(
            "with Flink CDC 3.5, a single quote or a backslash in the name of a table, where the job reads a snapshot",
            WhenCreatedLater.READ,
            "Flink CDC 3.5 cannot cut a table with a single quote or a backslash in its name"),
    KEY_NAME(
            "with Flink CDC 2.4, the column that a table is cut by has a name that needs quotes, where the job reads a"
                    + " snapshot",
            WhenCreatedLater.READ,
            "cuts the table, and Flink CDC 2.4 does not quote its name; name another one by --mysql-conf "
                    + MySqlOption.CHUNK_KEY.key()),
    VERSIONED(
            "a table `WITH SYSTEM VERSIONING`",
            WhenCreatedLater.STOPS,
            "it is WITH SYSTEM VERSIONING, and its log tells old rows as new ones"),
    PERIOD(
            "a table with a `PERIOD`",
            WhenCreatedLater.STOPS,
            "it has the PERIOD '%s', which Flink CDC does not understand"),
    UNIQUE_WITH_NULL(
            "a table without a primary key, to be appended to, has a unique key that takes NULL",
            WhenCreatedLater.STOPS,
            "its unique key '%s' takes NULL, which Flink CDC takes for a primary key and tells as 0 or ''");

    private final String what;
    private final WhenCreatedLater whenCreatedLater;
    private final String reason;

    TableRule(String what, WhenCreatedLater whenCreatedLater, String reason) {
        this.what = what;
        this.whenCreatedLater = whenCreatedLater;
        this.reason = reason;
    }

    /** Why the table is not loaded. */
    public String reason(Object... parts) {
        return String.format(reason, parts);
    }

    /** The same of one of its columns. */
    public String of(String column, Object... parts) {
        return "column '" + column + "' " + reason(parts);
    }

    /** Its line in the documentation. */
    public String documented() {
        return "| " + what + " | " + whenCreatedLater.text + " |";
    }

    /** What becomes of a table that is created while the job runs. */
    enum WhenCreatedLater {
        STOPS("the watch stops the job in front of its first row"),
        STOPS_AT_ONCE("the watch stops the job in front of the statement that makes it"),
        READ("loaded"),
        READ_WHILE_ASCII(
                "loaded; the watch stops the job in front of the first row that has letters beyond ASCII there"),
        READ_FROM_LOG("loaded from the log alone, which was not tried"),
        LEFT_OUT("left out, with one WARN");

        private final String text;

        WhenCreatedLater(String text) {
            this.text = text;
        }
    }
}
