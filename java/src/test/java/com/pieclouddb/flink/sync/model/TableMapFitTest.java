package com.pieclouddb.flink.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What does not fit is told, and what cannot change a value is let through. */
class TableMapFitTest {

    private static final ModelColumn ID = new ModelColumn("id", "INT", -1, -1, false, null, List.of());

    private static final EventColumn ID_IN_ROWS = new EventColumn(EventColumn.LONG, 0, false);

    /** Types of the definition against the protocol's numbers: type and metadata. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "TINYINT | -1 | -1 | - | 1 | 0 | true",
                "BOOLEAN | -1 | -1 | - | 1 | 0 | true",
                "INT UNSIGNED ZEROFILL | 11 | -1 | - | 3 | 0 | true",
                "INT | -1 | -1 | - | 8 | 0 | false",
                "FLOAT | 7 | 3 | - | 4 | 4 | true",
                "FLOAT | 30 | -1 | - | 5 | 8 | true",
                "DECIMAL | 10 | 2 | - | 246 | 522 | true",
                "DECIMAL | 12 | 0 | - | 246 | 522 | false",
                "BIT | 9 | -1 | - | 16 | 257 | true",
                "BIT | 9 | -1 | - | 16 | 256 | false",
                "DATETIME | 6 | -1 | - | 18 | 6 | true",
                "DATETIME | -1 | -1 | - | 18 | 6 | false",
                "DATETIME | -1 | -1 | - | 12 | 0 | true",
                "VARCHAR | 20 | -1 | utf8mb4 | 15 | 80 | true",
                "VARCHAR | 20 | -1 | latin1 | 15 | 20 | true",
                "VARCHAR | 20 | -1 | utf8mb4 | 15 | 20 | false",
                "VARCHAR | 20 | -1 | - | 15 | 80 | true",
                "VARCHAR | 20 | -1 | - | 15 | 20 | false",
                "VARBINARY | 300 | -1 | - | 15 | 300 | true",
                "CHAR | 5 | -1 | latin1 | 254 | 65029 | true",
                "CHAR | 200 | -1 | utf8mb3 | 254 | 56920 | true",
                "BINARY | 16 | -1 | - | 254 | 65040 | true",
                "TEXT | -1 | -1 | utf8mb4 | 252 | 2 | true",
                "TEXT | -1 | -1 | utf8mb4 | 252 | 3 | false",
                "TEXT | 70000 | -1 | - | 252 | 3 | true",
                "JSON | -1 | -1 | - | 245 | 4 | true",
                "POINT | -1 | -1 | - | 255 | 4 | true",
                "NUMBER | -1 | -1 | - | 246 | 10 | false",
            })
    void types(String type, int length, int scale, String charset, int code, int metadata, boolean fits) {
        ModelColumn column = new ModelColumn("c", type, length, scale, true, charset, List.of());
        assertThat(column.fits(new EventColumn(code, metadata, true))).isEqualTo(fits);
    }

    @Test
    void labelsDecideTheLengthOfEnumAndSet() {
        ModelColumn letter = new ModelColumn("e", "ENUM", 1, -1, true, null, List.of("'a'", "'b'"));
        assertThat(letter.fits(new EventColumn(EventColumn.STRING, 247 << 8 | 1, true)))
                .isTrue();
        assertThat(letter.fits(new EventColumn(EventColumn.STRING, 247 << 8 | 2, true)))
                .isFalse();
        assertThat(letter.fits(new EventColumn(EventColumn.STRING, 248 << 8 | 1, true)))
                .isFalse();
        ModelColumn set =
                new ModelColumn("s", "SET", 3, -1, true, null, List.of("1", "2", "3", "4", "5", "6", "7", "8", "9"));
        assertThat(set.fits(new EventColumn(EventColumn.STRING, 248 << 8 | 2, true)))
                .isTrue();
    }

    @Test
    void aNullIsNeverToldAsSomethingElse() {
        ModelColumn takesNull = new ModelColumn("id", "INT", -1, -1, true, null, List.of());
        EventColumn mayBeNull = new EventColumn(EventColumn.LONG, 0, true);
        assertThat(TableMapFit.difference(List.of(ID), List.of(mayBeNull), 0)).isPresent();
        assertThat(TableMapFit.difference(List.of(takesNull), List.of(ID_IN_ROWS), 0))
                .isEmpty();
    }

    @Test
    void columnsBehindTheOthersAreHiddenOnlyWhenTheServerSaysSo() {
        EventColumn big = new EventColumn(EventColumn.LONGLONG, 0, true);
        List<EventColumn> rows = List.of(ID_IN_ROWS, big);
        assertThat(TableMapFit.mayBeHidden(List.of(ID), rows)).isEqualTo(1);
        assertThat(TableMapFit.difference(List.of(ID), rows, 1)).isEmpty();
        assertThat(TableMapFit.difference(List.of(ID), rows, 0))
                .get()
                .asString()
                .contains("the rows have 2 columns, the definition has 1");
        assertThat(TableMapFit.mayBeHidden(List.of(ID), List.of(ID_IN_ROWS, ID_IN_ROWS)))
                .isZero();
    }

    @Test
    void whatTheServerTellsMoreIsCompared() {
        EventColumn named = new EventColumn(EventColumn.LONG, 0, false);
        named.name = "ID";
        assertThat(TableMapFit.difference(List.of(ID), List.of(named), 0)).isEmpty();
        named.name = "other";
        assertThat(TableMapFit.difference(List.of(ID), List.of(named), 0))
                .get()
                .asString()
                .contains("is called 'other'");
        EventColumn unsigned = new EventColumn(EventColumn.LONG, 0, false);
        unsigned.unsigned = true;
        assertThat(TableMapFit.difference(List.of(ID), List.of(unsigned), 0))
                .get()
                .asString()
                .contains("no sign");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-,utf8mb4,true",
                "-,latin1,false",
                "latin1,latin1,true",
                "latin1,utf8mb3,false",
                "utf8,utf8mb4,true",
                "utf8mb4,binary,false",
                "binary,binary,true"
            })
    void charsets(String definition, String rows, boolean same) {
        EventColumn event = new EventColumn(EventColumn.BLOB, 2, true);
        event.charset = rows;
        ModelColumn model = new ModelColumn("t", "TEXT", -1, -1, true, definition, List.of());
        assertThat(TableMapFit.difference(List.of(model), List.of(event), 0).isEmpty())
                .isEqualTo(same);
    }
}
