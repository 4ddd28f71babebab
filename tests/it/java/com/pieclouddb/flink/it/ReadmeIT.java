package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

import javax.tools.ToolProvider;

/** The README's examples, word for word but for the server's port and database, do what the README says. */
class ReadmeIT {

    private static Postgres server;

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = Postgres.start();
        server.execute("CREATE ROLE loader LOGIN");
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void createTheTarget() throws SQLException {
        server.execute("DROP TABLE IF EXISTS student",
                "CREATE TABLE student (id int PRIMARY KEY, name varchar(32), score int)",
                "INSERT INTO student VALUES (1, 'old', 0), (2, 'old', 0)",
                "GRANT SELECT, INSERT, DELETE ON student TO loader");
    }

    @Test
    void theSqlExampleLoadsItsRows() throws Exception {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (String statement : example("sql").split(";")) {
            if (!statement.isBlank()) {
                tables.executeSql(statement).await();
            }
        }
        assertThat(server.query("SELECT * FROM student ORDER BY id")).containsExactly("1|Ada|65", "2|Grace|75");
    }

    @Test
    void theDataStreamExampleCompilesAndStoresAndRemoves(@TempDir Path folder) throws Exception {
        Path source = folder.resolve("Example.java");
        Files.writeString(source, "import com.pieclouddb.flink.*;\n"
                + "import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;\n"
                + "import org.apache.flink.table.api.DataTypes;\n"
                + "import org.apache.flink.table.types.DataType;\n"
                + "import org.apache.flink.table.types.logical.RowType;\n"
                + "import org.apache.flink.types.*;\n"
                + "public class Example {\n"
                + "  public static void run(StreamExecutionEnvironment env) throws Exception {\n"
                + example("java") + "\n    env.execute();\n  }\n}\n");
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null,
                "-classpath", System.getProperty("java.class.path"), "-d", folder.toString(), source.toString());
        assertThat(result).as("javac").isZero();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            loader.loadClass("Example").getMethod("run", StreamExecutionEnvironment.class)
                    .invoke(null, StreamExecutionEnvironment.createLocalEnvironment(1));
        }
        assertThat(server.query("SELECT * FROM student")).containsExactly("1|Ada|65");
    }

    /** The fenced block behind the marker of a language, pointed at the test's server. */
    private static String example(String language) throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String opening = "<!-- test: " + language + " -->\n```" + language + "\n";
        int from = readme.indexOf(opening);
        assertThat(from).as("the README's example in %s", language).isNotNegative();
        return readme.substring(from + opening.length(), readme.indexOf("```\n", from + opening.length()))
                .replace("5432", String.valueOf(server.port()))
                .replace("'database-name' = 'demo'", "'database-name' = 'postgres'")
                .replace("database(\"demo\")", "database(\"postgres\")");
    }
}
