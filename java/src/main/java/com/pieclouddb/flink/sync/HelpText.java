package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlOption;

/**
 * What {@code --help} prints, made of the tables of {@link Flag} and {@link MySqlOption}.
 */
final class HelpText {

    private HelpText() {}

    static String of(String command) {
        StringBuilder text =
                new StringBuilder("Loads tables of MySQL or MariaDB into PieCloudDB and follows their changes.\n\n"
                        + "  flink run [-d] flink-sql-connector-pieclouddb-VERSION.jar " + command
                        + " --database demo \\\n"
                        + "    --mysql-conf hostname=db1 --mysql-conf username=cdc --mysql-conf"
                        + " password=env:CDC_PASSWORD \\\n"
                        + "    --mysql-conf database-name=shop \\\n"
                        + "    --sink-conf hostname=pdb --sink-conf username=loader --sink-conf"
                        + " password=file:/etc/pdb.secret\n\n"
                        + "--flag value and --flag=value are the same. Values of --mysql-conf, --sink-conf and"
                        + " --table-conf may be\n"
                        + "file:PATH (the file's content) or env:NAME (a variable), so that no password stands in a"
                        + " list of processes.\n\n"
                        + "Flags:\n");
        for (Flag flag : Flag.values()) {
            text.append("  ")
                    .append(flag.text())
                    .append("\n      ")
                    .append(plain(flag.meaning()))
                    .append('\n');
            if (!flag.example().equals(flag.text())) {
                text.append("      ").append(flag.example()).append('\n');
            }
        }
        text.append("\nNames of --mysql-conf, and what they are unless given:\n");
        for (MySqlOption option : MySqlOption.values()) {
            text.append("  ")
                    .append(option.key())
                    .append(
                            option.defaultText() == null || option.defaultText().isEmpty()
                                    ? ""
                                    : " (" + option.defaultText() + ")")
                    .append("\n      ")
                    .append(plain(option.meaning()))
                    .append('\n');
        }
        return text.toString();
    }

    /** Meanings are written for docs/sync-job.md too. */
    private static String plain(String meaning) {
        return meaning.replace("`", "");
    }
}
