package com.pieclouddb.flink.sync.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.watch.ReplayedTables;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which types have one order, and which tables may be told a change twice. */
class AppendedSnapshotTest {

    @Test
    void wholeNumbersAndDecimalsHaveOneOrder() {
        assertThat(List.of(
                        "int(11)",
                        "INT",
                        "tinyint(4)",
                        "smallint(5) unsigned",
                        "mediumint(8) unsigned zerofill",
                        "bigint(20)",
                        "decimal(20,4)"))
                .allMatch(AppendedSnapshot::isOrdered);
        assertThat(List.of(
                        "tinyint(1)",
                        "bigint(20) unsigned",
                        "float",
                        "double",
                        "bit(9)",
                        "year(4)",
                        "date",
                        "time",
                        "datetime(6)",
                        "timestamp",
                        "char(36)",
                        "varchar(40)",
                        "binary(16)",
                        "varbinary(20)",
                        "enum('a')",
                        "set('a')"))
                .noneMatch(AppendedSnapshot::isOrdered);
    }

    @Test
    void rowsThatAreAppendedAreToldOnce() {
        SourceName keyless = new SourceName("shop", "keyless");
        ReplayedTables byKey = ReplayedTables.allBut(List.of(keyless));
        assertThat(byKey.replays(keyless)).isFalse();
        assertThat(byKey.replays(new SourceName("shop", "created_meanwhile"))).isTrue();
        assertThat(ReplayedTables.none().replays(new SourceName("shop", "t"))).isFalse();
    }
}
