package com.pieclouddb.flink.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A column of the parser's against the server's: only what changes how a value is read is a difference. */
class ModelColumnTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "INTEGER | -1 | -1 | - | INT | 11 | -1 | - | true", "INT | -1 | -1 | - | BIGINT | 20 | -1 | - | false",
                "INTEGER UNSIGNED | -1 | -1 | - | INT UNSIGNED | 10 | -1 | - | true",
                        "INT ZEROFILL | -1 | -1 | - | INT UNSIGNED ZEROFILL | 10 | -1 | - | true",
                "INT | -1 | -1 | - | INT UNSIGNED | 10 | -1 | - | false",
                        "BOOLEAN | -1 | -1 | - | TINYINT | 1 | -1 | - | true",
                "TINYINT | -1 | -1 | - | TINYINT | 4 | -1 | - | true",
                        "TINYINT | 1 | -1 | - | TINYINT | 4 | -1 | - | false",
                "NUMERIC | -1 | -1 | - | DECIMAL | 10 | 0 | - | true",
                        "DECIMAL | 12 | 2 | - | DECIMAL | 12 | 0 | - | false",
                "CHARACTER VARYING | 5 | -1 | - | VARCHAR | 5 | -1 | utf8mb4 | true",
                        "VARCHAR | 5 | -1 | - | VARCHAR | 5 | -1 | latin1 | false",
                "VARCHAR | 5 | -1 | utf8 | VARCHAR | 5 | -1 | utf8mb3 | true",
                        "TEXT | -1 | -1 | latin1 | TEXT | -1 | -1 | utf8mb4 | false",
                "TEXT | 70000 | -1 | - | MEDIUMTEXT | -1 | -1 | utf8mb4 | true",
                        "VARCHAR | 5 | -1 | - | VARCHAR | 6 | -1 | - | false",
                "BLOB | 100 | -1 | - | TINYBLOB | -1 | -1 | - | true",
                        "TEXT | -1 | -1 | - | BLOB | -1 | -1 | - | false",
                "JSON | -1 | -1 | - | LONGTEXT | -1 | -1 | utf8mb4 | true",
                        "JSON | -1 | -1 | - | LONGTEXT | -1 | -1 | latin1 | false",
                "DATETIME | -1 | -1 | - | DATETIME | 6 | -1 | - | false", "BIT | -1 | -1 | - | BIT | 1 | -1 | - | true",
                "FLOAT | 30 | -1 | - | DOUBLE | -1 | -1 | - | true", "YEAR | -1 | -1 | - | YEAR | 4 | -1 | - | true",
            })
    void types(
            String type,
            int length,
            int scale,
            String charset,
            String real,
            int realLength,
            int realScale,
            String realCharset,
            boolean alike) {
        String difference = new ModelColumn("c", type, length, scale, true, charset, List.of())
                .differenceFrom(new ModelColumn("C", real, realLength, realScale, true, realCharset, List.of()), false);
        assertThat(difference == null).isEqualTo(alike);
    }

    @Test
    void namesNullsAndLabels() {
        ModelColumn column = new ModelColumn("a", "ENUM", 1, -1, false, null, List.of("'x'", "'it''s'"));
        assertThat(column.differenceFrom(
                        new ModelColumn("A", "ENUM", 1, -1, false, "latin1", List.of("x", "it's")), false))
                .isNull();
        assertThat(column.differenceFrom(
                        new ModelColumn("A", "ENUM", 1, -1, false, "latin1", List.of("x", "it's")), true))
                .isEqualTo("is called 'A' there");
        assertThat(column.differenceFrom(new ModelColumn("b", "ENUM", 1, -1, false, null, List.of("x", "it's")), false))
                .isEqualTo("is called 'b' there");
        assertThat(column.differenceFrom(new ModelColumn("a", "ENUM", 1, -1, true, null, List.of("x", "it's")), false))
                .isEqualTo("takes NULL there only");
        assertThat(column.differenceFrom(new ModelColumn("a", "ENUM", 1, -1, false, null, List.of("it's", "x")), false))
                .isEqualTo("has other labels there");
    }
}
