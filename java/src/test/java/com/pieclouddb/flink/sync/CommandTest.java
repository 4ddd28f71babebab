package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.sync.cdc.CdcClasses;
import com.pieclouddb.flink.sync.cli.Arguments;
import com.pieclouddb.flink.sync.cli.Flag;
import com.pieclouddb.flink.sync.conf.MySqlOption;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user gets to see who makes a mistake, before anything is connected to. */
class CommandTest {

    private static final String[] GOOD = {
        "mysql-sync-database",
        "--database",
        "demo",
        "--mysql-conf",
        "hostname=db1",
        "--mysql-conf",
        "username=cdc",
        "--mysql-conf",
        "database-name=shop",
        "--sink-conf",
        "hostname=pdb",
        "--sink-conf",
        "username=loader"
    };

    @Test
    void anUnknownCommandNamesTheNearest() {
        refused("unknown command 'mysql-sync-databse', did you mean 'mysql-sync-database'?", "mysql-sync-databse");
        refused("unknown command 'x'; known are mysql-sync-database", "x");
    }

    @Test
    void eachSettingIsCheckedWhereItBelongs() {
        refused("missing flag --database", "mysql-sync-database");
        refused("did you mean 'username'?", with("--mysql-conf", "usrname=x"));
        refused("did you mean 'connection.pool.max-size'?", with("--sink-conf", "connection.pool.maxsize=2"));
        refused(
                "unknown setting 'table.create.lowercase-names' of --table-conf, did you mean"
                        + " 'table.create.lower-case-names'?",
                with("--table-conf", "table.create.lowercase-names=true"));
        refused(
                "unknown setting 'a=b:table.create.properti.x' of --table-conf",
                with("--table-conf", "a=b:table.create.properti.x=1"));
        refused(
                "table.create.lower-case-names is for all tables",
                with("--table-conf", "a:table.create.lower-case-names=true"));
        refused(
                "sink.create-table.enabled is for all tables",
                with("--table-conf", "a:sink.create-table.enabled=true"));
        refused(
                "option '(:table.create.distributed-by' begins with no regular expression",
                with("--table-conf", "(:table.create.distributed-by=id"));
        refused(
                "--table-conf a:table.create.distributed-by is given twice",
                with(
                        "--table-conf",
                        "a:table.create.distributed-by=id",
                        "--table-conf",
                        "a:table.create.distributed-by=id"));
        refused(
                "table.create.lower-case-names is true or false",
                with("--table-conf", "table.create.lower-case-names=1"));
        refused("database-name is another database than --database", with("--sink-conf", "database-name=other"));
        refused("schema-name must not be empty", with("--sink-conf", "schema-name="));
        refused("--including-tables is no regular expression", with("--including-tables", "("));
    }

    @Test
    void withoutFlinkCdcTheJarIsNamed() {
        refused(
                "Flink CDC's MySQL source is not there: put flink-sql-connector-mysql-cdc into Flink's lib/ folder and"
                        + " restart the cluster; 2.4.0 fits Flink 1.18, 3.5.0 fits Flink 1.20",
                GOOD);
    }

    /** What it says of Flink's line stands at the version's end, from 3.6 on. */
    @ParameterizedTest
    @CsvSource({"VERVERICA, 2.4.0", "VERVERICA,", "APACHE, 3.5.0", "APACHE, 3.6.0-1.20"})
    void aFlinkCdcOfFlink1IsRefusedOnFlink2WithTheOnesThatFit(CdcClasses.Line line, String version) {
        assertThat(CdcClasses.misfit(line, version, false)).isEmpty();
        assertThat(CdcClasses.misfit(line, version, true))
                .hasValueSatisfying(reason -> assertThat(reason)
                        .startsWith("Flink CDC " + (version == null ? "2" : version) + " does not run on Flink 2: ")
                        .contains("2.4.0 fits Flink 1.18, 3.5.0 fits Flink 1.20")
                        .contains("3.6.0-2.2"));
    }

    @ParameterizedTest
    @CsvSource({"3.6.0-2.2", "3.7.1-2.10"})
    void aFlinkCdcOfFlink2IsTaken(String version) {
        assertThat(CdcClasses.misfit(CdcClasses.Line.APACHE, version, true)).isEmpty();
    }

    @Test
    void theHelpTellsEachFlagAndEachSetting() {
        String help = HelpText.of("mysql-sync-database");
        for (Flag flag : Flag.values()) {
            assertThat(help).contains("  " + flag.text() + "\n      ", flag.example());
        }
        assertThat(MySqlOption.keys()).allSatisfy(key -> assertThat(help).contains("\n  " + key));
    }

    @Test
    void theJobCreatesTablesAndLeavesOutThoseWithoutAKey() {
        assertThat(SinkConf.of(arguments()).options())
                .containsEntry("sink.create-table.enabled", "true")
                .containsEntry("sink.table-without-key", "skip")
                .containsEntry("database-name", "demo")
                .doesNotContainKey("schema-name");
        assertThat(SinkConf.of(arguments(
                                "--table-conf",
                                "sink.create-table.enabled=false",
                                "--sink-conf",
                                "sink.table-without-key=append"))
                        .options())
                .containsEntry("sink.create-table.enabled", "false")
                .containsEntry("sink.table-without-key", "append");
    }

    @Test
    void theJobGivesTargetsWhatTheirSourceGetsAndKeepsWhatTheyHave() {
        String behavior = "schema.change.behavior", strategy = "sink.merge.strategy";
        assertThat(SinkConf.of(arguments()).options())
                .containsEntry(behavior, "lenient")
                .containsEntry(strategy, "auto");
        assertThat(SinkConf.of(arguments("--sink-conf", behavior + "=exception"))
                        .options())
                .containsEntry(behavior, "exception")
                .doesNotContainKey(strategy);
        assertThat(SinkConf.of(arguments("--sink-conf", strategy + "=replace")).options())
                .containsEntry(behavior, "lenient")
                .containsEntry(strategy, "replace");
        assertThat(SinkConf.of(arguments("--sink-conf", "load_mode=append")).options())
                .containsEntry(behavior, "lenient")
                .doesNotContainKey(strategy);
    }

    @Test
    void aTableConfMayNameItsTables() {
        assertThat(SinkConf.of(arguments(
                                "--table-conf",
                                "a=1|b:x:table.create.distributed-by=c=d:e,f",
                                "--table-conf=s\\.t:table.create.properties.fillfactor=70"))
                        .options())
                .containsEntry("a=1|b:x:table.create.distributed-by", "c=d:e,f")
                .containsEntry("s\\.t:table.create.properties.fillfactor", "70");
    }

    private static Arguments arguments(String... more) {
        String[] words = with(more);
        return Arguments.parse(List.of(words).subList(1, words.length));
    }

    private static String[] with(String... more) {
        String[] words = Arrays.copyOf(GOOD, GOOD.length + more.length);
        System.arraycopy(more, 0, words, GOOD.length, more.length);
        return words;
    }

    private static void refused(String reason, String... words) {
        assertThatThrownBy(() -> Command.main(words))
                .isInstanceOf(ProgramParametrizationException.class)
                .hasMessageContaining(reason);
    }
}
