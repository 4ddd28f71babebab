package com.pieclouddb.flink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.TableEnvironment;
import org.junit.jupiter.api.Test;

/** What Flink's planner says to SQL that uses the connector, before any server is asked. */
class PlannedStatementTest {

    private static final String REQUIRED = "'connector' = 'pieclouddb', 'hostname' = 'db.example', "
            + "'username' = 'loader', 'password' = 'hunter2', 'database-name' = 'demo', 'table-name' = 'student'";

    private static final String CHANGES = "SELECT CAST(k AS INT), COUNT(*) FROM (VALUES (1), (2)) AS s (k) GROUP BY k";

    private final TableEnvironment env = TableEnvironment.create(
            EnvironmentSettings.newInstance().inStreamingMode().build());

    @Test
    void thePlanNamesTheTargetAndNeverThePassword() {
        sink("id INT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED", "");
        String plan = env.explainSql("INSERT INTO target " + CHANGES);
        assertThat(plan).contains("target").doesNotContain("hunter2");
    }

    @Test
    void mergeTakesChangesWithoutTheRowsBeforeUpdates() {
        sink("id INT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED", "");
        String plan = env.explainSql("INSERT INTO target " + CHANGES, ExplainDetail.CHANGELOG_MODE);
        assertThat(plan).contains("changelogMode=[I,UA]").doesNotContain("changelogMode=[I,UB,UA]");
    }

    @Test
    void appendFedWithUpdatesIsRefusedWithTheWayOut() {
        sink("id INT, n BIGINT", "");
        assertThatThrownBy(() -> env.explainSql("INSERT INTO target " + CHANGES))
                .hasStackTraceContaining("demo.public.student has 'load_mode' = 'append'")
                .hasStackTraceContaining("Use 'load_mode' = 'merge' with a PRIMARY KEY")
                .satisfies(PlannedStatementTest::hidesThePassword);
    }

    @Test
    void mergeWithoutAKeyIsRefused() {
        sink("id INT, n BIGINT", ", 'load_mode' = 'merge'");
        assertThatThrownBy(() -> env.explainSql("INSERT INTO target SELECT 1, CAST(2 AS BIGINT)"))
                .hasStackTraceContaining("'load_mode' = 'merge' needs a primary key")
                .satisfies(PlannedStatementTest::hidesThePassword);
    }

    @Test
    void anUnknownOptionIsRefusedWithTheOneThatWasMeant() {
        sink("id INT", ", 'sink.copy.fromat' = 'text'");
        assertThatThrownBy(() -> env.explainSql("INSERT INTO target SELECT 1"))
                .hasStackTraceContaining("unknown option 'sink.copy.fromat', did you mean 'sink.copy.format'?")
                .satisfies(PlannedStatementTest::hidesThePassword);
    }

    @Test
    void optionsOfTheDatabaseModeAreNotThoseOfATable() {
        sink("id INT", ", 'connection.pool.max-size' = '2'");
        assertThatThrownBy(() -> env.explainSql("INSERT INTO target SELECT 1"))
                .hasStackTraceContaining("option 'connection.pool.max-size' is for the database mode");
    }

    @Test
    void keysOfNestedTypesAreRefusedByName() {
        sink("id INT, tags ARRAY<STRING>, PRIMARY KEY (tags) NOT ENFORCED", "");
        assertThatThrownBy(() -> env.explainSql("INSERT INTO target SELECT 1, ARRAY['a']"))
                .hasStackTraceContaining("types without an equality to merge by: 'tags' ARRAY<STRING> NOT NULL");
    }

    @Test
    void theKeyIsFoundByItsNameBehindColumnsThatNoRowHas() {
        sink("twice AS n * 2, part INT METADATA VIRTUAL, n BIGINT, id INT, PRIMARY KEY (id) NOT ENFORCED", "");
        String plan = env.explainSql("INSERT INTO target (id, n) " + CHANGES);
        assertThat(plan).contains("Sink(table=[default_catalog.default_database.target]");
    }

    @Test
    void theTableCannotBeReadFrom() {
        sink("id INT", "");
        assertThatThrownBy(() -> env.explainSql("SELECT * FROM target"))
                .hasStackTraceContaining("can only be used as a sink");
    }

    private void sink(String columns, String more) {
        env.executeSql("CREATE TABLE target (" + columns + ") WITH (" + REQUIRED + more + ")");
    }

    private static void hidesThePassword(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            assertThat(String.valueOf(cause.getMessage())).doesNotContain("hunter2");
        }
    }
}
