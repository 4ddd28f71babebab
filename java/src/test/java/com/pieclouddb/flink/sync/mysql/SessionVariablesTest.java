package com.pieclouddb.flink.sync.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** The job's own settings of its sessions stand behind the user's. */
class SessionVariablesTest {

    @Test
    void whatTheJobNeedsComesLast() {
        Properties given = new Properties();
        assertThat(SessionVariables.ofRows(given, "tx_isolation").getProperty("sessionVariables"))
                .isEqualTo("time_zone='%2B00:00',sql_mode='',sql_quote_show_create=1,tx_isolation='REPEATABLE-READ'");
        given.setProperty("sessionVariables", "sql_mode='ORACLE',wait_timeout=9");
        assertThat(SessionVariables.ofRows(given, "transaction_isolation").getProperty("sessionVariables"))
                .isEqualTo("sql_mode='ORACLE',wait_timeout=9,time_zone='%2B00:00',sql_mode='',sql_quote_show_create=1,"
                        + "transaction_isolation='REPEATABLE-READ'");
        assertThat(given.getProperty("sessionVariables")).as("the user's own").doesNotContain("UTC", "time_zone");
        SessionVariables.ofQuestions(given);
        assertThat(given.getProperty("sessionVariables")).endsWith(",sql_mode='',sql_quote_show_create=1");
    }

    @Test
    void theIsolationHasTheNameThatTheServerKnows() {
        assertThat(isolationOf(StubAnswers.ofMySql())).isEqualTo("transaction_isolation");
        assertThat(isolationOf(StubAnswers.ofMySql().with("tx_isolation", "READ-UNCOMMITTED")))
                .isEqualTo("tx_isolation");
    }

    private static String isolationOf(StubAnswers answers) {
        return new ServerProbe(answers, CdcClasses.Line.APACHE, true, name -> true).isolationVariable();
    }
}
