package com.pieclouddb.flink.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The words say no more than the log does. */
class RowsByStatementTest {

    @Test
    void aDatabaseIsNamedWhereThereIsOne() {
        assertThat(RowsByStatement.reason("shop"))
                .startsWith("a session changed rows of database 'shop', or of one that is followed, by statement ");
        for (String none : new String[] {null, ""}) {
            assertThat(RowsByStatement.reason(none))
                    .startsWith("a session changed rows of a database that the log does not name by statement instead"
                            + " of by row (binlog_format)")
                    .doesNotContain("null", "''");
        }
    }
}
