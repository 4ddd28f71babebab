package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documents' examples, word for word but for the server's port and database, do what the documents say. */
class ReadmeIT {

    /** Which the SQL client takes, and not the table environment. */
    private static final Pattern SETTING = Pattern.compile("^SET '(.*)' = '(.*)'$", Pattern.MULTILINE);

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
        server.execute(
                "DROP TABLE IF EXISTS student",
                "CREATE TABLE student (id int PRIMARY KEY, name varchar(32), score int)",
                "INSERT INTO student VALUES (1, 'old', 0), (2, 'old', 0)",
                "GRANT SELECT, INSERT, DELETE ON student TO loader");
    }

    @Test
    void theSqlExampleLoadsItsRows() throws Exception {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (String statement : example("README.md", "sql").split(";")) {
            Matcher setting = SETTING.matcher(statement);
            if (setting.find()) {
                tables.getConfig().set(setting.group(1), setting.group(2));
            } else if (!statement.isBlank()) {
                tables.executeSql(statement).await();
            }
        }
        assertThat(server.query("SELECT * FROM student ORDER BY id")).containsExactly("1|Ada|65", "2|Grace|75");
    }

    @Test
    void theDataStreamExampleCompilesAndStoresAndRemoves(@TempDir Path folder) throws Exception {
        run(folder, example("README.md", "java") + "\n    env.execute();\n");
        assertThat(server.query("SELECT * FROM student")).containsExactly("1|Ada|65");
    }

    @Test
    void theExampleOfManyTablesCompilesAndLoadsEach(@TempDir Path folder) throws Exception {
        server.execute(
                "DROP TABLE IF EXISTS customer, visit",
                "CREATE TABLE customer (id int PRIMARY KEY, name text)",
                "CREATE TABLE visit (page text)",
                "GRANT SELECT, INSERT, DELETE ON customer, visit TO loader");
        run(folder, example("docs/database-sync.md", "java") + "\n    env.execute();\n");
        assertThat(server.query("SELECT * FROM customer")).containsExactly("1|Grace");
        assertThat(server.query("SELECT * FROM visit")).containsExactly("/start");
    }

    @Test
    void theExampleOfJsonCompilesAndLoadsAndRemoves(@TempDir Path folder) throws Exception {
        server.execute(
                "DROP TABLE IF EXISTS shop_orders",
                "CREATE TABLE shop_orders (id numeric(20,0) PRIMARY KEY, placed timestamp(6))",
                "GRANT SELECT, INSERT, DELETE ON shop_orders TO loader");
        run(folder, example("docs/database-sync.md", "java debezium") + "\n    env.execute();\n");
        assertThat(server.query("SELECT * FROM shop_orders")).containsExactly("1|2023-11-14 22:13:20.123456");
    }

    /** Compiles statements that use {@code env}, and executes them. */
    private static void run(Path folder, String statements) throws Exception {
        Path source = folder.resolve("Example.java");
        Files.writeString(
                source,
                "import com.pieclouddb.flink.*;\n"
                        + "import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;\n"
                        + "import org.apache.flink.table.api.DataTypes;\n"
                        + "import org.apache.flink.table.data.*;\n"
                        + "import org.apache.flink.table.types.DataType;\n"
                        + "import org.apache.flink.table.types.logical.RowType;\n"
                        + "import org.apache.flink.types.*;\n"
                        + "public class Example {\n"
                        + "  public static void run(StreamExecutionEnvironment env) throws Exception {\n"
                        + statements + "  }\n}\n");
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-classpath",
                        System.getProperty("java.class.path"),
                        "-d",
                        folder.toString(),
                        source.toString());
        assertThat(result).as("javac").isZero();
        // The example's lambdas run in tasks, whose class loader is the job's.
        Configuration configuration = new Configuration();
        configuration.setString("pipeline.classpaths", folder.toUri().toURL().toString());
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            loader.loadClass("Example")
                    .getMethod("run", StreamExecutionEnvironment.class)
                    .invoke(null, StreamExecutionEnvironment.createLocalEnvironment(1, configuration));
        }
    }

    /** The fenced block behind a marker, which begins with its language, pointed at the test's server. */
    private static String example(String document, String marker) throws IOException {
        String text = Files.readString(Path.of(document));
        String opening = "<!-- test: " + marker + " -->\n```" + marker.split(" ")[0] + "\n";
        int from = text.indexOf(opening);
        assertThat(from).as("the example in %s in %s", marker, document).isNotNegative();
        return text.substring(from + opening.length(), text.indexOf("```\n", from + opening.length()))
                .replace("5432", String.valueOf(server.port()))
                .replace("'database-name' = 'demo'", "'database-name' = 'postgres'")
                .replace("database(\"demo\")", "database(\"postgres\")");
    }
}
