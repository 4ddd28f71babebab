package com.pieclouddb.flink.sync.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;

/** Flink CDC judges each name as the command does. */
class TableSelectionTest {

    private static final List<SourceName> NAMES = List.of(
            new SourceName("shop", "order"),
            new SourceName("shop", "ORDER"),
            new SourceName("shop", "order_item"),
            new SourceName("Shop", "order"),
            new SourceName("shop2", "order"),
            new SourceName("other", "order"),
            new SourceName("shop", "a.b"),
            new SourceName("shop", "a,b"),
            new SourceName("shop", "a$b"),
            new SourceName("shop", "it's \"quoted\" `so`"),
            new SourceName("shop", "bücher_日本"),
            new SourceName("shop", "a\\Eb"),
            new SourceName("shop", "a[b]"),
            new SourceName("shop", "tmp_order"));

    @Test
    void allTablesOfADatabaseUnlessTold() {
        TableSelection selection = selection("shop", null, null);
        assertThat(selected(selection)).hasSize(11).doesNotContain("Shop.order", "shop2.order", "other.order");
        agree(selection, Set.of());
    }

    @Test
    void expressionsAreOfTheWholeNameAndTellCaseApart() {
        TableSelection selection = selection("shop", "order|bücher.*", "order_.*");
        assertThat(selected(selection)).containsExactly("shop.order", "shop.bücher_日本");
        agree(selection, Set.of());
    }

    @Test
    void anEscapedDotNamesTheDatabaseToo() {
        TableSelection selection = selection("shop.*", "shop2?\\.order", "shop\\.order");
        assertThat(selected(selection)).containsExactly("shop2.order");
        agree(selection, Set.of());
    }

    @Test
    void whatIsLeftOutByNameIsThatNameAlone() {
        for (SourceName name : NAMES) {
            agree(selection("(?:S|s)hop2?|other", ".*", null), Set.of(name));
        }
        agree(selection(".*", null, "tmp_.*"), Set.copyOf(NAMES.subList(5, 11)));
    }

    @Test
    void commasAreNoEndOfThePattern() {
        TableSelection selection = selection("shop", "a,b|\\Qa,b\\E|[,x]|a\\,b", "\\Qa$b,\\E");
        assertThat(selected(selection)).containsExactly("shop.a,b");
        agree(selection, Set.of(new SourceName("shop", "x,y")));
        assertThatThrownBy(() -> selection("shop", "a{1,3}", null))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("--including-tables holds a repetition with a comma, 'a{1,3}'");
    }

    @Test
    void whatIsNoExpressionIsRefusedByItsFlag() {
        assertThatThrownBy(() -> selection("shop", null, "a(b"))
                .isInstanceOf(ValidationException.class)
                .hasMessageStartingWith(
                        "--excluding-tables is no regular expression: Unclosed group near index 3 of 'a(b'");
    }

    private static TableSelection selection(String databases, String including, String excluding) {
        return TableSelection.of(databases, Optional.ofNullable(including), Optional.ofNullable(excluding));
    }

    private static List<String> selected(TableSelection selection) {
        return NAMES.stream()
                .filter(selection::selects)
                .map(SourceName::toString)
                .collect(Collectors.toList());
    }

    /** Debezium splits at commas, trims, and matches the whole without regard to case. */
    private static void agree(TableSelection selection, Set<SourceName> without) {
        String text = selection.pattern(without);
        assertThat(text).doesNotContain(",");
        Pattern pattern = Pattern.compile(text.trim(), Pattern.CASE_INSENSITIVE);
        Pattern databases = Pattern.compile(selection.databasePattern(), Pattern.CASE_INSENSITIVE);
        for (SourceName name : NAMES) {
            assertThat(databases.matcher(name.database()).matches())
                    .as("database of %s", name)
                    .isEqualTo(selection.selectsDatabase(name.database()));
            assertThat(pattern.matcher(name.toString()).matches())
                    .as("%s by %s", name, text)
                    .isEqualTo(selection.selects(name) && !without.contains(name));
        }
    }
}
