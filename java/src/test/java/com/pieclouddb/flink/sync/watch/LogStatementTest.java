package com.pieclouddb.flink.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.mysql.LogPosition;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Statements of the log name the tables that they may define, and places in it have an order. */
class LogStatementTest {

    private static final LogPosition PLACE = new LogPosition("binlog.000001", 4);

    /** What others do to other tables is not gone through, but where a table came from is. */
    @Test
    void thoseAboutATableAndWhatItWasMadeOf() {
        List<LogStatement> all = Stream.of(
                        "use `d`; ALTER TABLE other ADD x INT",
                        "use `d`; CREATE TABLE made (id INT)",
                        "use `e`; ALTER TABLE t ADD x INT",
                        "use `d`; CREATE TABLE new LIKE made",
                        "use `d`; ALTER TABLE t ADD x INT",
                        "use `d`; RENAME TABLE t TO old, new TO t",
                        "use `d`; ALTER TABLE made ADD x INT",
                        "DROP DATABASE e")
                .map(text -> LogStatement.shown(PLACE, text))
                .collect(Collectors.toList());
        assertThat(LogStatement.about(List.of(new SourceName("d", "t")), all))
                .doesNotContain(all.get(2), all.get(6), all.get(7))
                .contains(all.get(1), all.get(3), all.get(4), all.get(5));
        assertThat(LogStatement.about(List.of(new SourceName("d", "made")), all))
                .containsExactly(all.get(1), all.get(3), all.get(6));
        assertThat(LogStatement.about(List.of(new SourceName("e", "t")), all)).containsExactly(all.get(2), all.get(7));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "use `d`; ALTER TABLE t ADD x INT | true",
                "use `d`; ALTER TABLE T ADD x INT | true",
                "use `d`; ALTER TABLE t2 ADD x INT | false",
                "use `e`; ALTER TABLE t ADD x INT | false",
                "use `e`; ALTER TABLE `d`.`t` ADD x INT | true",
                "use `e`; ALTER TABLE d . \"t\" ADD x INT | true",
                "RENAME TABLE d.a TO d.t | true",
                "use `d`; /*! ALTER TABLE t ADD x INT */ | true",
                "use `d`; DROP DATABASE d | true",
                "DROP DATABASE d | true",
                "DROP DATABASE e | false",
            })
    void tablesAreMentioned(String shown, boolean mentioned) {
        assertThat(LogStatement.shown(PLACE, shown).mentions(new SourceName("d", "t")))
                .isEqualTo(mentioned);
    }

    @Test
    void namesInQuotesAreUnquoted() {
        LogStatement statement = LogStatement.shown(PLACE, "use `a``b`; ALTER TABLE `x``y` ADD\nz INT");
        assertThat(statement.database()).isEqualTo("a`b");
        assertThat(statement.text()).isEqualTo("ALTER TABLE `x``y` ADD\nz INT");
        assertThat(statement.mentions(new SourceName("a`b", "x`y"))).isTrue();
        assertThat(statement.mentions(new SourceName("a`b", "x"))).isFalse();
    }

    @Test
    void placesFollowTheLogsFiles() {
        List<String> order = Stream.of(
                        new LogPosition("log.1000000", 4),
                        new LogPosition("log.999999", 900),
                        new LogPosition("log.999999", 1000),
                        new LogPosition("log.000001", 5))
                .sorted()
                .map(LogPosition::toString)
                .collect(Collectors.toList());
        assertThat(order).containsExactly("log.000001:5", "log.999999:900", "log.999999:1000", "log.1000000:4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ALTER TABLE t ADD x INT | true",
                "/*!50100 CREATE TABLE t (a INT) */ | true",
                "SET STATEMENT v=1 FOR DROP TABLE t | true",
                "BEGIN | false",
                "INSERT INTO t VALUES (1) | false",
                "GRANT SELECT ON t TO u | false",
                "SAVEPOINT `t` | false",
                "FLUSH TABLES t | false",
                "# Dummy event | false",
            })
    void statementsThatDefineNothingAreNotLookedAt(String sql, boolean mayDefine) {
        assertThat(new StatementText(sql).mayDefine()).isEqualTo(mayDefine);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SET character_set_database = latin1 | true",
                "USE d | true",
                "create or replace schema d | true",
                "ALTER DATABASE d COLLATE x | true",
                "DROP DATABASE d | false",
                "ALTER TABLE d ADD x INT | false",
                "SETTLE | false",
            })
    void defaultsOfLaterStatementsAreTold(String sql, boolean sets) {
        assertThat(StatementText.setsDefaults(sql)).isEqualTo(sets);
    }
}
