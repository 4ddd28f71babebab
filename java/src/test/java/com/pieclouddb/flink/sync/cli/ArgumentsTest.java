package com.pieclouddb.flink.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command line is what its flags say, or one error that names all that is wrong and no value of a setting. */
class ArgumentsTest {

    @Test
    void valuesStandBehindABlankOrAnEqualsSign() {
        Arguments arguments = parse(
                "--database",
                "demo",
                "--including-tables=a.*|b=c",
                "--sink-conf",
                "password=a=b",
                "--sink-conf=port=5433",
                "--table-prefix=");
        assertThat(arguments.value(Flag.DATABASE)).contains("demo");
        assertThat(arguments.value(Flag.INCLUDING_TABLES)).contains("a.*|b=c");
        assertThat(arguments.value(Flag.TABLE_PREFIX)).contains("");
        assertThat(arguments.value(Flag.TABLE_SUFFIX)).isEmpty();
        assertThat(arguments.pairs(Flag.SINK_CONF)).containsExactly(entry("password", "a=b"), entry("port", "5433"));
    }

    @Test
    void underscoresAreDashesInFlagsAlone() {
        Arguments arguments = parse("--including_tables", "a_b", "--mysql_conf", "a_b=c_d");
        assertThat(arguments.value(Flag.INCLUDING_TABLES)).contains("a_b");
        assertThat(arguments.pairs(Flag.MYSQL_CONF)).containsEntry("a_b", "c_d");
    }

    @Test
    void switchesStandAloneOrTellWhich() {
        assertThat(parse("--create-table-only").has(Flag.CREATE_TABLE_ONLY)).isTrue();
        assertThat(parse("--create-table-only", "--database", "d").has(Flag.CREATE_TABLE_ONLY))
                .isTrue();
        assertThat(parse("--create-table-only", "false").has(Flag.CREATE_TABLE_ONLY))
                .isFalse();
        assertThat(parse("--create-table-only=TRUE").has(Flag.CREATE_TABLE_ONLY))
                .isTrue();
        refused("--create-table-only is given alone, or with true or false", "--create-table-only=yes");
    }

    @Test
    void whatIsWrongIsToldAtOnce() {
        assertThatThrownBy(() -> parse(
                        "--databse",
                        "demo",
                        "--job-name",
                        "--sink-conf",
                        "hostname",
                        "--help",
                        "--help",
                        "--sink-conf",
                        "a=1",
                        "--sink-conf",
                        "a=2",
                        "word"))
                .isInstanceOf(ValidationException.class)
                .hasMessage("The command cannot be read:\n"
                        + "  unknown flag --databse, did you mean --database?\n"
                        + "  --job-name needs a value behind it, for example --job-name orders\n"
                        + "  --sink-conf takes name=value, for example --sink-conf hostname=pdb\n"
                        + "  --help is given twice\n"
                        + "  --sink-conf a is given twice\n"
                        + "  word 12 behind the command is no flag; flags begin with --");
        refused("unknown flag --xyzzyplugh; known are --database, --mysql-conf, ", "--xyzzyplugh");
    }

    @Test
    void noErrorShowsAValue() {
        assertThatThrownBy(() -> parse(
                        "--sink-conf",
                        "=secret",
                        "secret",
                        "--pasword=secret",
                        "--pass",
                        "secret",
                        "--mysql-conf",
                        "password=secret",
                        "--mysql-conf",
                        "password=secret"))
                .message()
                .doesNotContain("secret");
    }

    @Test
    void aValueMayBeInAFileOrInTheEnvironment(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("a secret");
        Files.writeString(file, "päss\nword\n\n");
        Arguments arguments = parse("--sink-conf", "password=file:" + file, "--mysql-conf", "password=env:PATH");
        assertThat(arguments.pairs(Flag.SINK_CONF)).containsEntry("password", "päss\nword\n");
        assertThat(arguments.pairs(Flag.MYSQL_CONF)).containsEntry("password", System.getenv("PATH"));

        Files.writeString(file, "one\r\n");
        assertThat(parse("--sink-conf", "password=file:" + file).pairs(Flag.SINK_CONF))
                .containsEntry("password", "one");
        refused(
                "--sink-conf password: the file '" + folder
                        + "/none' cannot be read as UTF-8 text (NoSuchFileException)",
                "--sink-conf",
                "password=file:" + folder + "/none");
        refused(
                "--sink-conf password: the environment has no variable 'NO_SUCH_VARIABLE'",
                "--sink-conf",
                "password=env:NO_SUCH_VARIABLE");
    }

    private static void refused(String reason, String... words) {
        assertThatThrownBy(() -> parse(words))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining(reason);
    }

    private static Arguments parse(String... words) {
        return Arguments.parse(List.of(words));
    }
}
