package com.pieclouddb.flink.sync.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

/** Each table of the source has its target, and no two have the same unless they may. */
class TableNameConverterTest {

    private static final SourceTable A = table("a", "t", "int(11)");
    private static final SourceTable B = table("b", "t", "int(11)");
    private static final SourceTable UPPER = table("a", "T", "bigint(20)");

    @Test
    void namesAreMadeOfThePattern() {
        assertThat(names("public", "ods_", "_x", false).target("shop", "Order"))
                .isEqualTo(TableId.of("public", "ods_Order_x"));
        assertThat(names("raw_{database}", "O_", "", true).target("Shop", "Größe"))
                .isEqualTo(TableId.of("raw_shop", "o_größe"));
    }

    @Test
    void tablesWithOneTargetAreListed() {
        TableNameConverter flat = names("public", "", "", false);
        assertThat(flat.problems(List.of(A, B, UPPER), false))
                .containsExactly("'a.t', 'b.t' would all be loaded into 'public.t'");
        assertThat(flat.problems(List.of(A, B), true)).isEmpty();
        assertThat(names("{database}", "", "", false).problems(List.of(A, B, UPPER), false))
                .isEmpty();
        assertThat(names("{database}", "", "", true).problems(List.of(A, B, UPPER), true))
                .containsExactly("'a.t', 'a.T' would all be loaded into 'a.t', but their columns or keys differ");
    }

    @Test
    void aTableWhoseTargetWouldBeCutOffHasNone() {
        String longest = "x".repeat(62) + "é";
        TableNameConverter names = names("public", "", "", false);
        assertThat(names.tooLong(new SourceName("a", longest)))
                .contains("its target would be called '" + longest + "', which has more than 63 bytes");
        assertThat(names.target("a", longest)).isNull();
        assertThat(names.tooLong(new SourceName("a", "x".repeat(63)))).isEmpty();
        assertThat(names("{database}", "", "x".repeat(62), false).tooLong(new SourceName("a", "t")))
                .isEmpty();
        assertThat(names("{database}", "", "x".repeat(63), false).tooLong(new SourceName("a", "t")))
                .isPresent();
    }

    @Test
    void aTableThatComesLaterDoesNotTakeATarget() {
        TableNameConverter names = names("public", "", "", false);
        names.reserve(List.of(A));
        assertThat(names.target("a", "t")).isEqualTo(names.target("a", "t"));
        assertThat(names.target("a", "new")).isEqualTo(TableId.of("public", "new"));
        assertThatThrownBy(() -> names.target("b", "t"))
                .isInstanceOf(SuppressRestartsException.class)
                .cause()
                .hasMessageContaining("table 'b.t' of the source, which is new, would be loaded into 'public.t', "
                        + "where 'a.t' is");
    }

    @Test
    void aTableThatIsNotSelectedHasNone() {
        TableNameConverter names = names("public", "", "", true);
        names.reserve(List.of(A));
        assertThat(names.target("a", "tmp_t")).isNull();
        assertThat(names.target("z", "t")).isNull();
    }

    private static TableNameConverter names(String schema, String prefix, String suffix, boolean lowerCase) {
        return new TableNameConverter(
                TableSelection.of("a|b|[Ss]hop", Optional.empty(), Optional.of("tmp_.*")),
                schema,
                prefix,
                suffix,
                lowerCase);
    }

    private static SourceTable table(String database, String name, String type) {
        return SourceTable.of(database, name)
                .column("id", type, false)
                .primaryKey("id")
                .build();
    }
}
