package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBOptions.TableWithoutKey;
import com.pieclouddb.flink.SourceTable;
import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.checks.CatalogLimits;
import com.pieclouddb.flink.sync.checks.SourceLimits;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.tables.TableNameConverter;
import com.pieclouddb.flink.sync.tables.TableSelection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;

/** What would stop the source is left out or refused, each with its reason. */
class SyncPlanTest {

    private static final TableNameConverter NAMES = new TableNameConverter(
            TableSelection.of("shop", Optional.empty(), Optional.empty()), "public", "", "", false);
    private static final SourceTable GOOD =
            table("good").column("id", "int(11)", false).primaryKey("id").build();
    private static final SourceTable KEYLESS =
            table("keyless").column("n", "int(11)", true).build();
    private static final SourceTable UUID = table("ids")
            .column("id", "uuid", false)
            .column("at", "INET6", true)
            .primaryKey("id")
            .build();
    private static final SourceTable BLANK =
            table("a b").column("id", "int(11)", false).primaryKey("id").build();

    @Test
    void tablesWithoutAKeyAreLeftOutLoadedOrRefused() {
        assertThat(plan(TableWithoutKey.SKIP, false, Map.of(), GOOD, KEYLESS).reasons())
                .containsExactly("shop.keyless (it has no primary key)");
        assertThat(plan(
                                TableWithoutKey.APPEND,
                                false,
                                Map.of("scan.incremental.snapshot.chunk.key-column", "shop.keyless:n"),
                                GOOD,
                                KEYLESS)
                        .loaded())
                .containsExactly(GOOD, KEYLESS);
        assertThat(plan(TableWithoutKey.APPEND, false, Map.of("scan.startup.mode", "latest-offset"), KEYLESS)
                        .loaded())
                .containsExactly(KEYLESS);
        refused(
                "'shop.keyless': it has no primary key, so the snapshot needs a column to cut it by: --mysql-conf "
                        + "'scan.incremental.snapshot.chunk.key-column=shop.keyless:COLUMN'",
                () -> plan(TableWithoutKey.APPEND, false, Map.of(), GOOD, KEYLESS));
        refused("sink.table-without-key is refuse", () -> plan(TableWithoutKey.REFUSE, true, Map.of(), GOOD, KEYLESS));
    }

    /** Of a table that the job has loaded no snapshot is read. */
    @Test
    void whatOnlyASnapshotNeedsIsNoReasonAgainstATableThatGoesOn() {
        SourceTable quoted =
                table("keyed").column("K 1", "int(11)", false).primaryKey("K 1").build();
        SortedMap<SourceName, SourceTable> found = new TreeMap<>();
        found.put(SourceName.of(quoted), quoted);
        found.put(SourceName.of(UUID), UUID);
        found.put(SourceName.of(KEYLESS), KEYLESS);
        SyncPlan plan = SyncPlan.of(
                found,
                CatalogLimits.none(),
                NAMES,
                conf(Map.of()),
                CdcClasses.Line.VERVERICA,
                TableWithoutKey.SKIP,
                true,
                table -> true);
        assertThat(plan.loaded()).containsExactly(quoted);
        assertThat(plan.goneOn()).containsOnlyKeys(new SourceName("shop", "keyed"));
        assertThat(plan.leftOut()).containsOnlyKeys(new SourceName("shop", "ids"), new SourceName("shop", "keyless"));
        refused("'shop.keyed': column 'K 1' cuts the table", () -> plan(TableWithoutKey.SKIP, false, Map.of(), quoted));
    }

    @Test
    void whatTheSourceCannotReadIsToldWhole() {
        refused(
                "'shop.ids': column 'id' is of type uuid, column 'at' is of type INET6\n"
                        + "  'shop.keyless': it has no primary key",
                () -> plan(TableWithoutKey.REFUSE, false, Map.of(), GOOD, KEYLESS, UUID));
        SyncPlan plan = plan(TableWithoutKey.SKIP, true, Map.of(), GOOD, UUID, BLANK);
        assertThat(plan.loaded()).containsExactly(GOOD);
        assertThat(plan.leftOut()).containsOnlyKeys(new SourceName("shop", "ids"), new SourceName("shop", "a b"));
        assertThat(limits(BLANK, CdcClasses.Line.APACHE, Map.of())).isEmpty();
        assertThat(limits(
                        table("f")
                                .column("id", "float unsigned", false)
                                .column("v", "float", false)
                                .primaryKey("id")
                                .build(),
                        CdcClasses.Line.APACHE,
                        Map.of()))
                .containsExactly("column 'id' of its key is of type float unsigned, of which the "
                        + "snapshot tells six digits and the log all");
        assertThat(limits(
                        table("b")
                                .column("a", "bit(1)", false)
                                .column("b", "bit(19)", false)
                                .column("c", "bit(19)", false)
                                .primaryKey("a", "b")
                                .build(),
                        CdcClasses.Line.APACHE,
                        Map.of()))
                .containsExactly("column 'b' of its key is of type bit(19), whose "
                        + "bytes Flink CDC turns around once too often in a key");
    }

    @Test
    void namesThatFlinkCdcCannotReadAreTold() {
        SourceTable quote =
                table("o'clock").column("id", "int(11)", false).primaryKey("id").build();
        assertThat(limits(quote, CdcClasses.Line.APACHE, Map.of()))
                .containsExactly("Flink CDC 3.5 cannot cut a table with a single quote or a backslash in its name");
        assertThat(limits(quote, CdcClasses.Line.APACHE, Map.of("scan.startup.mode", "latest-offset")))
                .isEmpty();
        for (String plain : List.of("编号", "1st", "a$", "_")) {
            SourceTable key =
                    table("k").column(plain, "int(11)", false).primaryKey(plain).build();
            assertThat(limits(key, CdcClasses.Line.VERVERICA, Map.of()))
                    .as(plain)
                    .isEmpty();
        }
        for (String quoted : List.of("K 1", "1", "a-b", "a.b", "\ud83d\ude00")) {
            SourceTable key = table("k")
                    .column(quoted, "int(11)", false)
                    .column("k2", "int(11)", false)
                    .primaryKey(quoted, "k2")
                    .build();
            assertThat(limits(key, CdcClasses.Line.APACHE, Map.of())).as(quoted).isEmpty();
            assertThat(limits(key, CdcClasses.Line.VERVERICA, Map.of()))
                    .singleElement()
                    .asString()
                    .startsWith("column '" + quoted + "' cuts the table, and Flink CDC 2.4 does not quote its name");
            assertThat(limits(key, CdcClasses.Line.VERVERICA, Map.of("scan.startup.mode", "latest-offset")))
                    .isEmpty();
            assertThat(limits(
                            key,
                            CdcClasses.Line.VERVERICA,
                            Map.of("scan.incremental.snapshot.chunk.key-column", "shop.k:k2")))
                    .isEmpty();
        }
    }

    @Test
    void aTableThatHasNoTargetIsLeftOutOrRefused() {
        SourceTable system = table("s")
                .column("id", "int(11)", false)
                .column("xmin", "int(11)", false)
                .primaryKey("id")
                .build();
        String longest = "c".repeat(64);
        SourceTable column = table("c")
                .column("id", "int(11)", false)
                .column(longest, "int(11)", false)
                .primaryKey("id")
                .build();
        SourceTable target = table("t".repeat(62) + "é")
                .column("id", "int(11)", false)
                .primaryKey("id")
                .build();
        SyncPlan plan = plan(TableWithoutKey.SKIP, true, Map.of(), GOOD, system, column, target);
        assertThat(plan.loaded()).containsExactly(GOOD);
        assertThat(plan.reasons())
                .containsExactly(
                        "shop.c (column '" + longest
                                + "' has a name of more than 63 bytes, which the target would cut off)",
                        "shop.s (column 'xmin' has the name of a system column of the target)",
                        "shop." + target.table() + " (its target would be called '" + target.table()
                                + "', which has more than 63 bytes)");
        refused(
                "'shop.s': column 'xmin' has the name of a system column",
                () -> plan(TableWithoutKey.SKIP, false, Map.of(), GOOD, system));
    }

    @Test
    void nothingToLoadIsAnError() {
        refused(
                "No table of the source is to be loaded: 1 match database-name, --including-tables and"
                        + " --excluding-tables, and of these 1 are left out",
                () -> plan(TableWithoutKey.SKIP, false, Map.of(), KEYLESS));
    }

    @Test
    void aChunkKeyThatNamesNothingIsAnError() {
        refused(
                "names its column 'n', but no such table is selected",
                () -> plan(
                        TableWithoutKey.SKIP,
                        false,
                        Map.of("scan.incremental.snapshot.chunk.key-column", "shop.none:n"),
                        GOOD));
        refused(
                "names its column 'n', but it has none of that name",
                () -> plan(
                        TableWithoutKey.SKIP,
                        false,
                        Map.of("scan.incremental.snapshot.chunk.key-column", "shop.good:n"),
                        GOOD));
    }

    private static SourceTable.Builder table(String name) {
        return SourceTable.of("shop", name);
    }

    private static void refused(String reason, Runnable plan) {
        assertThatThrownBy(plan::run).isInstanceOf(ValidationException.class).hasMessageContaining(reason);
    }

    private static List<String> limits(SourceTable table, CdcClasses.Line line, Map<String, String> more) {
        return SourceLimits.of(table, line, conf(more), conf(more).readsSnapshot());
    }

    private static MySqlConf conf(Map<String, String> more) {
        Map<String, String> given =
                new HashMap<>(Map.of("hostname", "db1", "username", "cdc", "database-name", "shop"));
        given.putAll(more);
        return MySqlConf.of(given);
    }

    private static SyncPlan plan(
            TableWithoutKey withoutKey, boolean ignore, Map<String, String> more, SourceTable... tables) {
        SortedMap<SourceName, SourceTable> found = new TreeMap<>();
        for (SourceTable table : tables) {
            found.put(new SourceName(table.database(), table.table()), table);
        }
        return SyncPlan.of(
                found,
                CatalogLimits.none(),
                NAMES,
                conf(more),
                CdcClasses.Line.VERVERICA,
                withoutKey,
                ignore,
                table -> false);
    }
}
