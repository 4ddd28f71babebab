package com.pieclouddb.flink.sync.source;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;

/** What a job's state must say of tables that no snapshot could be read of. */
class RestoredTablesTest {

    private static final SourceName LEFT_OUT = new SourceName("shop", "left");
    private static final SourceName UNCUT = new SourceName("shop", "years");
    private static final SourceName GONE_ON = new SourceName("shop", "hidden");
    private static final SourceName OTHER = new SourceName("shop", "t");
    private static final RestoredTables TABLES =
            RestoredTables.of(Map.of(LEFT_OUT, "a"), Map.of(UNCUT, "b"), Map.of(GONE_ON, "column 'c' is INVISIBLE"));

    @Test
    void noPieceOfThemIsRead() {
        for (SourceName name : List.of(LEFT_OUT, UNCUT, GONE_ON)) {
            assertThatThrownBy(() -> TABLES.checkPiece(name))
                    .isInstanceOf(ValidationException.class)
                    .hasMessageContaining("'" + name + "' is not read to the end");
        }
        assertThatThrownBy(() -> TABLES.checkPiece(GONE_ON))
                .hasMessageContainingAll("column 'c' is INVISIBLE", "without a savepoint");
        assertThatCode(() -> TABLES.checkPiece(OTHER)).doesNotThrowAnyException();
        assertThatCode(() -> RestoredTables.none().checkPiece(GONE_ON)).doesNotThrowAnyException();
    }

    /** One that only could not be cut may have been created since: the log has all of it. */
    @Test
    void thoseThatGoOnAreInTheState() {
        assertThatThrownBy(() -> TABLES.checkLoaded(Set.of(OTHER, UNCUT)))
                .isInstanceOf(ValidationException.class)
                .hasMessageContainingAll("'shop.hidden': column 'c' is INVISIBLE", "--excluding-tables")
                .hasMessageNotContainingAny("shop.years", "shop.left");
        assertThatCode(() -> TABLES.checkLoaded(Set.of(GONE_ON))).doesNotThrowAnyException();
        assertThatCode(() -> RestoredTables.none().checkLoaded(Set.of())).doesNotThrowAnyException();
    }
}
