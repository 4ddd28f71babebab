package com.pieclouddb.flink.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.internal.settings.SourceName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that change rows without events are found by their words, and others are not. */
class RowsWithoutEventsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ALTER TABLE t DROP PARTITION p0 | PARTITION",
                "alter table `d`.`t` truncate partition all | PARTITION",
                "ALTER TABLE IF EXISTS d.t EXCHANGE PARTITION p WITH TABLE e | PARTITION",
                "ALTER TABLE t CONVERT PARTITION p TO TABLE n | PARTITION",
                "ALTER TABLE t CONVERT TABLE n TO PARTITION p VALUES LESS THAN (5) | PARTITION",
                "ALTER /* all */ TABLE t /* of */ TRUNCATE /* it */ PARTITION p | PARTITION",
                "ALTER TABLE t IMPORT TABLESPACE | TABLESPACE",
                "ALTER IGNORE TABLE t ADD UNIQUE (a) | IGNORED",
                "ALTER TABLE t CONVERT TO CHARACTER SET latin1 | CHARSET",
                "ALTER ONLINE TABLE t MODIFY a DECIMAL(3,1) | TYPE",
                "ALTER TABLE t CHANGE a b INT | TYPE",
                "ALTER TABLE t ADD COLUMN x INT DEFAULT 7 | ADDED",
                "ALTER TABLE t ADD (x INT NOT NULL, y INT) | ADDED",
                "ALTER TABLE t ADD x INT AUTO_INCREMENT UNIQUE | ADDED",
                "ALTER TABLE t ADD x INT AS (a + 1) STORED | ADDED",
                "ALTER TABLE t ADD ts TIMESTAMP | ADDED",
                "ALTER TABLE t ADD ts TIMESTAMP(3) AFTER a | ADDED",
                "ALTER TABLE t ADD n SERIAL | ADDED",
                "ALTER TABLE t ADD n INT PRIMARY KEY | ADDED",
                "ALTER /*!50000 IGNORE */ TABLE t ADD UNIQUE (a) | IGNORED",
                "ALTER TABLE t /*!50100 DROP PARTITION p */ | PARTITION",
                "CREATE OR REPLACE TABLE t (id INT) | REPLACED",
                "create or replace table d.`t` like s | REPLACED",
            })
    void isFound(String statement, RowsWithoutEvents kind) {
        assertThat(RowsWithoutEvents.of(statement)).contains(kind);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE t ADD x INT",
                "ALTER TABLE t ADD x INT DEFAULT NULL",
                "ALTER TABLE t ADD INDEX (a)",
                "ALTER TABLE t ADD ts TIMESTAMP NULL",
                "ALTER TABLE t ADD ts TIMESTAMP(3) NULL",
                "ALTER TABLE t ADD x INT, ADD PRIMARY KEY (id)",
                "ALTER TABLE t ADD PRIMARY KEY (id)",
                "CREATE OR REPLACE VIEW t AS SELECT 1",
                "ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (5))",
                "ALTER TABLE t DROP COLUMN a",
                "ALTER TABLE t COMMENT 'DROP PARTITION p'",
                "ALTER TABLE t DROP COLUMN `modify`",
                "ALTER TABLE t RENAME TO change_log",
                "CREATE TABLE t (id INT DEFAULT 7)",
                "DROP TABLE t",
                "ALTER DATABASE d CHARACTER SET utf8mb4",
            })
    void isNotFound(String statement) {
        assertThat(RowsWithoutEvents.of(statement)).isEmpty();
    }

    @Test
    void bothTablesAreNamed() {
        assertThat(RowsWithoutEvents.tables("ALTER TABLE `a``b`.t EXCHANGE PARTITION p WITH TABLE e", "d"))
                .containsExactly(new SourceName("a`b", "t"), new SourceName("d", "e"));
        assertThat(RowsWithoutEvents.tables("CREATE OR REPLACE TABLE n LIKE x.t", "d"))
                .containsExactly(new SourceName("d", "n"));
    }
}
