package com.pieclouddb.flink.sync.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.conf.MySqlConf;
import com.pieclouddb.flink.sync.source.PlannedSource;
import com.pieclouddb.flink.sync.source.RestoredTables;
import com.pieclouddb.flink.sync.tables.TableSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;

/** What a server is refused or warned of for; each rule that only MySQL can show has its answer here. */
class ServerRuleTest {

    private static final String UUID = "5c7f6bd8-0000-11ef-8000-0242ac110002";

    @Test
    void aGoodServerIsTakenWithoutAWord() {
        assertThat(warnings(StubAnswers.ofMySql(), CdcClasses.Line.VERVERICA, true))
                .isEmpty();
        assertThat(warnings(
                        StubAnswers.ofMySql()
                                .with("gtid_mode", "ON")
                                .with("gtid_executed", UUID + ":1-7,\n" + UUID.replace('5', '6') + ":1-3"),
                        CdcClasses.Line.VERVERICA,
                        true))
                .isEmpty();
    }

    /** What keeps any job from following it is said before anybody asks for a table. */
    @Test
    void aServerIsRefusedWithoutItsTables() {
        StubAnswers old = StubAnswers.ofMySql().refusing("information_schema").with("version", "8.4.0");
        assertThatThrownBy(() -> ServerRule.refuse(
                        new ServerProbe(old, CdcClasses.Line.APACHE, true, none -> false), told -> {}))
                .hasMessageContaining("version 8.4.0: it has no SHOW MASTER STATUS");
        List<String> told = new ArrayList<>();
        ServerRule.refuse(
                new ServerProbe(
                        StubAnswers.ofMySql().with("gtid_mode", "ON"), CdcClasses.Line.APACHE, false, none -> false),
                told::add);
        assertThat(told).isEmpty();
    }

    @Test
    void whatWouldLoseChangesIsRefusedAllAtOnce() {
        refused(
                StubAnswers.ofMySql().with("binlog_format", "MIXED").with("binlog_row_image", "MINIMAL"),
                "binlog_format = MIXED: ",
                "binlog_row_image = MINIMAL: ");
        refused(StubAnswers.ofMySql().with("log_bin", "OFF"), "log_bin = OFF: the server writes no log");
    }

    @Test
    void partialUpdatesOfJsonAreRefused() {
        refused(
                StubAnswers.ofMySql().with("binlog_row_value_options", "PARTIAL_JSON"),
                "binlog_row_value_options = PARTIAL_JSON: ");
    }

    @Test
    void compressedTransactionsAreRefusedOfTheServerAndOfSessions() {
        refused(
                StubAnswers.ofMySql().with("binlog_transaction_compression", "ON"),
                "binlog_transaction_compression = ON: ");
        refused(
                StubAnswers.ofMySql().row("performance_schema.variables_by_thread", Map.of("thread", "47")),
                "binlog_transaction_compression = ON in sessions: 1: ");
        // A user without the right to ask is not refused for it.
        assertThat(warnings(StubAnswers.ofMySql().refusing("performance_schema"), CdcClasses.Line.APACHE, true))
                .isEmpty();
    }

    /** Those that are known to be good are; nobody knows all the others. */
    @Test
    void enginesWhoseRowsMayComeFromElsewhereAreToldOf() {
        StubAnswers answers = StubAnswers.ofMySql();
        for (String engine : List.of("InnoDB", "RocksDB", "TokuDB", "", "ColumnStore", "S3", "SPHINX", "OQGRAPH")) {
            String comment = engine.equals("RocksDB") ? "ttl_duration=5;" : "";
            answers.row(
                    "table_comment", Map.of("d", "shop", "t", "of_" + engine.toLowerCase(), "e", engine, "c", comment));
        }
        List<String> told = new ArrayList<>();
        ServerRule.check(new ServerProbe(answers, CdcClasses.Line.APACHE, true, name -> true), told::add);
        assertThat(told)
                .containsExactly("tables shop.of_columnstore, shop.of_oqgraph, shop.of_rocksdb, shop.of_s3,"
                        + " shop.of_sphinx: rows come or go elsewhere than through this server's log");
    }

    @Test
    void aNodeOfAClusterThatLogsNoOthersIsRefused() {
        refused(
                StubAnswers.ofMySql()
                        .with("version", "10.11.6-MariaDB")
                        .with("wsrep_on", "ON")
                        .with("log_replica_updates", "")
                        .with("log_slave_updates", "OFF"),
                "log_slave_updates = OFF: the changes of the cluster's other nodes are not in its log");
    }

    @Test
    void gapsOfGtidsAreRefusedWhereFlinkCdcFillsThem() {
        StubAnswers gaps = StubAnswers.ofMySql().with("gtid_mode", "ON").with("gtid_executed", UUID + ":1-7:9-10");
        refused(gaps, CdcClasses.Line.VERVERICA, UUID + ":1-7:9-10: ");
        assertThat(warnings(gaps, CdcClasses.Line.APACHE, true)).isEmpty();
        StubAnswers group = StubAnswers.ofMySql()
                .with("gtid_mode", "ON")
                .with("gtid_executed", UUID + ":1-7")
                .with("group_replication_group_name", "g")
                .with("group_replication_single_primary_mode", "OFF");
        refused(group, CdcClasses.Line.VERVERICA, "group_replication_single_primary_mode = OFF: ");
        assertThat(warnings(group, CdcClasses.Line.APACHE, true)).isEmpty();
    }

    @Test
    void tagsOfGtidsAreRefused() {
        refused(
                StubAnswers.ofMySql().with("gtid_mode", "ON").with("gtid_executed", UUID + ":1-7," + UUID + ":tag:1-2"),
                "gtid_executed = …" + UUID + ":tag:1-2: ");
    }

    @Test
    void aStartWithinTheLogIsWarnedOfWhereTheServerHasGtids() {
        StubAnswers gtids = StubAnswers.ofMySql().with("gtid_mode", "ON").with("gtid_executed", UUID + ":1-7");
        assertThat(warnings(gtids, CdcClasses.Line.APACHE, false))
                .singleElement()
                .asString()
                .startsWith("gtid_mode = ON: ");
        assertThat(warnings(gtids, CdcClasses.Line.APACHE, true)).isEmpty();
    }

    @Test
    void aMySqlWithoutTheWordsThatFlinkCdcSaysIsRefused() {
        refused(StubAnswers.ofMySql().with("version", "8.4.0"), "version 8.4.0: it has no SHOW MASTER STATUS");
        refused(StubAnswers.ofMySql().with("version", "9.6.1-enterprise"), "version 9.6.1-enterprise: ");
        assertThat(warnings(StubAnswers.ofMySql().with("version", "8.3.1"), CdcClasses.Line.APACHE, true))
                .isEmpty();
        assertThat(warnings(StubAnswers.ofMySql().with("version", "11.4.2-MariaDB"), CdcClasses.Line.APACHE, true))
                .isEmpty();
    }

    @Test
    void aReplicaIsAskedForInTheWordsOfItsVersion() {
        StubAnswers replica = StubAnswers.ofMySql().with("log_replica_updates", "OFF");
        refused(replica.row("SHOW REPLICA STATUS", Map.of("replicate_do_db", "")), "log_replica_updates = OFF: ");
        StubAnswers old = StubAnswers.ofMySql().with("version", "5.7.44").with("log_slave_updates", "OFF");
        refused(old.row("SHOW SLAVE STATUS", Map.of("replicate_do_db", "")), "log_slave_updates = OFF: ");
    }

    @Test
    void anotherServerIsRefusedUnlessPlacesAreGtidsOrTheUserSaysSo() {
        ServerIdentity first = ServerIdentity.of(probe(StubAnswers.ofMySql()));
        assertThat(first).hasToString("server_uuid " + UUID);
        StubAnswers mariaDb = StubAnswers.ofMySql()
                .with("version", "10.11.2-MariaDB")
                .with("server_id", "7")
                .with("hostname", "db1")
                .with("port", "3306");
        ServerIdentity other = ServerIdentity.of(probe(mariaDb));
        assertThat(other).hasToString("server_id 7, hostname db1, port 3306");
        assertThatThrownBy(() -> planned(mariaDb, "refuse").checkIdentity(other, first))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(
                        "it is 'server_id 7, hostname db1, port 3306', and was 'server_uuid " + UUID + "'")
                .hasMessageContaining("--mysql-conf other-server=accept");
        planned(mariaDb, "accept").checkIdentity(other, first);
        planned(StubAnswers.ofMySql().with("gtid_mode", "ON"), "refuse").checkIdentity(other, first);
    }

    @Test
    void transactionsThatAreGoneFromTheLogWithoutBeingReadAreRefused() {
        StubAnswers purged = StubAnswers.ofMySql()
                .with("gtid_mode", "ON")
                .with("gtid_purged", UUID + ":1-5,\n11111111-0000-11ef-8000-0242ac110002:1-3");
        assertThatThrownBy(() -> planned(purged, "refuse").checkPurged(purged, UUID.toUpperCase() + ":1-9"))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("transactions of servers 11111111-0000-11ef-8000-0242ac110002 are purged");
        planned(purged, "refuse").checkPurged(purged, UUID + ":1-9,11111111-0000-11ef-8000-0242ac110002:1-3");
    }

    private static PlannedSource planned(SourceAnswers answers, String otherServer) {
        MySqlConf conf = MySqlConf.of(
                Map.of("hostname", "db1", "username", "cdc", "database-name", "shop", "other-server", otherServer));
        return PlannedSource.of(
                answers,
                CdcClasses.Line.APACHE,
                conf,
                TableSelection.of("shop", Optional.empty(), Optional.empty()),
                List.of(),
                List.of(),
                RestoredTables.none(),
                null,
                found -> {});
    }

    private static ServerProbe probe(SourceAnswers answers) {
        return new ServerProbe(answers, CdcClasses.Line.APACHE, true, name -> true);
    }

    private static void refused(StubAnswers answers, String... reasons) {
        refused(answers, CdcClasses.Line.APACHE, reasons);
    }

    private static void refused(StubAnswers answers, CdcClasses.Line line, String... reasons) {
        assertThatThrownBy(() -> ServerRule.check(new ServerProbe(answers, line, true, name -> true), found -> {}))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("The source's server cannot be followed")
                .hasMessageContainingAll(reasons);
    }

    private static List<String> warnings(StubAnswers answers, CdcClasses.Line line, boolean readsSnapshot) {
        List<String> warnings = new ArrayList<>();
        ServerRule.check(new ServerProbe(answers, line, readsSnapshot, name -> true), warnings::add);
        return warnings;
    }
}
