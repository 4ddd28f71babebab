package com.pieclouddb.flink.sync.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * The one table of the command's flags: name, what stands behind it, meaning, example.
 *
 * <p>Parsing, {@code --help} and docs/sync-job.md all read it. It does not know which values are good.
 */
@Internal
public enum Flag {
    DATABASE("database", Kind.VALUE, "Database of the target that the tables go to. Required.", "demo"),
    MYSQL_CONF(
            "mysql-conf", Kind.PAIRS, "A setting of the source, see below; repeat the flag for each.", "hostname=db1"),
    SINK_CONF(
            "sink-conf",
            Kind.PAIRS,
            "An option of the sink (docs/options.md), `schema-name` too, in which "
                    + "`{database}` stands for the source's database; repeat the flag for each.",
            "hostname=pdb"),
    TABLE_CONF(
            "table-conf",
            Kind.PAIRS,
            "How tables are created, see below, all of them or, with a regular expression and "
                    + "a colon in front, some; repeat the flag for each.",
            "'log_.*:table.create.properties.fillfactor=100'"),
    INCLUDING_TABLES(
            "including-tables",
            Kind.VALUE,
            "Regular expression of the tables to load, matched against the whole "
                    + "name `table` or, if it holds `\\.`, the whole `database.table`. Default: all.",
            "'order_.*|customer'"),
    EXCLUDING_TABLES(
            "excluding-tables",
            Kind.VALUE,
            "The same for tables to leave out; it wins over --including-tables.",
            "'tmp_.*'"),
    TABLE_PREFIX("table-prefix", Kind.VALUE, "Text in front of the name of each target table.", "ods_"),
    TABLE_SUFFIX("table-suffix", Kind.VALUE, "Text behind the name of each target table.", "_v1"),
    MERGE_SHARDS(
            "merge-shards",
            Kind.SWITCH,
            "Let several source tables with the same columns and key feed one target table; "
                    + "their keys must differ.",
            ""),
    IGNORE_INCOMPATIBLE(
            "ignore-incompatible",
            Kind.SWITCH,
            "Leave out tables with columns that cannot be taken, each with "
                    + "one warning, instead of refusing to start.",
            ""),
    QUIET_SOURCE(
            "quiet-source",
            Kind.SWITCH,
            "Nobody writes to the source's tables until their snapshot is over. For rows "
                    + "that are appended, where Flink CDC cannot tell which changes a snapshot holds.",
            ""),
    CREATE_TABLE_ONLY("create-table-only", Kind.SWITCH, "Create the missing target tables and end, without a job.", ""),
    JOB_NAME(
            "job-name",
            Kind.VALUE,
            "The job's name in Flink. Default: mysql-sync-database and the database.",
            "orders"),
    HELP("help", Kind.SWITCH, "Print this.", "");

    /** What stands behind a flag. */
    enum Kind {
        /** Nothing, or true or false. */
        SWITCH,
        /** One text. */
        VALUE,
        /** {@code name=value}, any number of times. */
        PAIRS
    }

    private final String text;
    private final Kind kind;
    private final String meaning;
    private final String example;

    Flag(String text, Kind kind, String meaning, String example) {
        this.text = text;
        this.kind = kind;
        this.meaning = meaning;
        this.example = example;
    }

    /** As it is written, with its dashes. */
    public String text() {
        return "--" + text;
    }

    Kind kind() {
        return kind;
    }

    public String meaning() {
        return meaning;
    }

    /** A whole use of it. */
    public String example() {
        return example.isEmpty() ? text() : text() + " " + example;
    }

    /** Finds a flag by what was written; underscores count as dashes, as Paimon's users know them. */
    static Optional<Flag> of(String written) {
        String dashed = written.replace('_', '-');
        return Arrays.stream(values())
                .filter(flag -> flag.text().equals(dashed))
                .findFirst();
    }

    static List<String> texts() {
        return Arrays.stream(values()).map(Flag::text).collect(Collectors.toList());
    }
}
