package com.pieclouddb.flink.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a statement of the log does to rows, by its text. */
class StatementTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BEGIN | BEGIN",
                "COMMIT | COMMIT",
                "ROLLBACK | ROLLBACK",
                "rollback to `x` | ROLLBACK",
                "XA START X'78',X'',1 | XA_START",
                "XA COMMIT X'78',X'',1 | XA_COMMIT",
                "XA ROLLBACK X'78',X'',1 | XA_ROLLBACK",
                "XA END X'78',X'',1 | OTHER",
                "INSERT INTO t VALUES (1) | ROWS",
                "/* a */ -- b | OTHER",
                "/* a */ replace into t values (1) | ROWS",
                "# Dummy event replacing event type 160 that slave cannot handle. | OTHER",
                "/*!50000 DELETE FROM t */ | ROWS",
                "/*M!100100 UPDATE t SET a = 1 */ | ROWS",
                "WITH x AS (SELECT 1) DELETE FROM t | ROWS",
                "LOAD DATA INFILE 'x' INTO TABLE t | ROWS",
                "SELECT `d`.`f`() | ROWS",
                "SET STATEMENT max_statement_time=5 FOR DELETE FROM t | ROWS",
                "SET STATEMENT max_statement_time=5 FOR ALTER TABLE t ADD x INT | OTHER",
                "CREATE TABLE n AS SELECT * FROM t | ROWS",
                "create or replace table n (id int) select 1 id | ROWS",
                "CREATE TABLE n (id INT)ENGINE=InnoDB SELECT*FROM t | ROWS",
                "CREATE TABLE n (a INT) AS VALUES (1) | ROWS",
                "CREATE TABLE n VALUES ROW(1) | ROWS",
                "CREATE TABLE n TABLE t | ROWS",
                "CREATE/**/OR REPLACE TABLE n WITH x AS (SELECT 1) SELECT * FROM x | ROWS",
                "CREATE TABLE selected (id INT COMMENT 'SELECT') | OTHER",
                "CREATE TABLE n (id INT) COMMENT='do not select from this table' | OTHER",
                "CREATE TABLE n (id INT) COMMENT='it''s, \\' select x from ' | OTHER",
                "CREATE TABLE n (` select ` INT) /* SELECT 1 */ -- select | OTHER",
                "CREATE TABLE n (id INT) PARTITION BY LIST (id) (PARTITION p VALUES IN (1)) | OTHER",
                "CREATE TABLE n (id INT) PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN (1)) | OTHER",
                "ANALYZE UPDATE t SET a = 1 | ROWS",
                "ANALYZE FORMAT=JSON DELETE FROM t | ROWS",
                "ANALYZE TABLE t | OTHER",
                "SET STATEMENT max_statement_time=5 /* */FOR/* */INSERT INTO t VALUES (1) | ROWS",
                "CREATE VIEW v AS SELECT 1 | OTHER",
                "ALTER TABLE t ADD x INT | OTHER",
                "TRUNCATE TABLE t | OTHER",
                "DROP TABLE t | OTHER",
                "GRANT INSERT ON d.* TO u | OTHER",
            })
    void kinds(String sql, String kind) {
        assertThat(new StatementText(sql).kind()).hasToString(kind);
    }

    @Test
    void commentsOverSeveralLinesStandInFront() {
        assertThat(new StatementText("/* a\n * b */\n-- c\n# d\n\tINSERT INTO t VALUES (1)").kind())
                .isEqualTo(StatementText.Kind.ROWS);
    }

    @Test
    void anXaTransactionKeepsItsName() {
        String xid = new StatementText("XA START X'7831',X'',1").xid();
        assertThat(xid).isEqualTo("X'7831',X'',1");
        assertThat(new StatementText("XA ROLLBACK X'7831',X'',1").xid()).isEqualTo(xid);
        assertThat(new StatementText("XA COMMIT X'7831',X'',1 ONE PHASE").xid()).isEqualTo(xid);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t VALUES (1)",
                "REPLACE INTO `shop`.`t` VALUES (1)",
                "UPDATE shop . t SET a = 1",
                "DELETE FROM a, b USING other.a JOIN shop.b",
                "UPDATE other.a, shop.b SET x = 1",
                "SELECT `f`()",
                "WITH x AS (SELECT 1) UPDATE shop.t SET a = 1",
                "ANALYZE FORMAT=JSON UPDATE t SET a = 1",
                "CREATE TABLE n SELECT*FROM other.t",
                "UPDATE other.t JOIN u SET u.a = 1"
            })
    void concernsAFollowedDatabase(String sql) {
        assertThat(concerns(sql, "shop")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO \"shop\".\"t\" VALUES (1)",
                "INSERT INTO /*c*/ shop.t VALUES (1)",
                "INSERT IGNORE/*c*/INTO shop.t VALUES (1)",
                "INSERT /*!50000 HIGH_PRIORITY */ shop.t VALUES (1)",
                "INSERT INTO SHOP.t VALUES (1)",
                "UPDATE IGNORE \"shop\".\"t\" SET a = 1",
                "UPDATE LOW_PRIORITY /*c*/ shop.t SET a = 1",
                "UPDATE other.a JOIN shop.t SET t.b = 1",
                "UPDATE a x, shop.t y SET y.b = 1",
                "UPDATE (a, `shop`.t) SET t.b = 1",
                "UPDATE other.a, b SET x = '\\' WHERE y = 'a\\' OR shop.f()",
                "DELETE HISTORY FROM shop.t",
                "DELETE a.*, shop.t.* FROM a JOIN shop.t",
                "DELETE x FROM shop.t x JOIN a",
                "DELETE FROM a, shop.t USING a JOIN shop.t",
                "CREATE OR REPLACE TABLE shop.n AS SELECT 1",
                "ANALYZE UPDATE shop.t SET a = 1",
                "SET STATEMENT max_statement_time=5 FOR/**/DELETE FROM shop.t",
                "LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE shop.t FIELDS TERMINATED BY ','"
            })
    void concernsAFollowedDatabaseFromAnother(String sql) {
        assertThat(concerns(sql, "other")).isTrue();
        assertThat(concerns(sql, null)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO other.t VALUES (1)",
                "CREATE TABLE other.f AS SELECT * FROM shop.t",
                "DELETE other.f FROM other.f JOIN shop.t",
                "DELETE other.f.*, other.g FROM other.f JOIN other.g JOIN shop.t",
                "DELETE FROM other.f USING other.f JOIN shop.t",
                "UPDATE other.t x SET x.a = (SELECT 1 FROM shop.t)",
                "LOAD DATA INFILE 'shop' INTO TABLE other.t",
                "REPLACE INTO `percona`.`checksums` SELECT 1 FROM `shop`.`t`",
                "DELETE FROM other.t WHERE id IN (SELECT id FROM shop.t)"
            })
    void doesNotConcernOneThatOnlyReads(String sql) {
        assertThat(concerns(sql, "shop")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t VALUES (1)",
                "UPDATE a, b SET a.x = b.x",
                "SELECT `other`.`f`()",
                "SELECT shopping()",
                "SELECT other.f('shop')",
                "LOAD DATA INFILE 'shop' INTO TABLE t"
            })
    void doesNotConcernOneThatIsNotFollowed(String sql) {
        assertThat(concerns(sql, "other")).isFalse();
    }

    private static boolean concerns(String sql, String database) {
        return new StatementText(sql).concerns(database, Set.of("shop")::contains, List.of("shop"));
    }
}
