package com.pieclouddb.flink.it;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A random sequence of changes of one table, with rows in front of each and behind the last.
 *
 * <p>A name keeps its kind, numbers or letters, so that the target, which has a column for each name, takes what they
 * have later.
 */
final class RandomDefinitions {

    private static final String[] NAMES = {"n1", "n2", "n3", "n4", "s1", "s2", "s3", "s4"};

    private static final String[] NUMBERS = {
        "INT",
        "INT",
        "BIGINT",
        "SMALLINT",
        "INT UNSIGNED",
        "INTEGER(10) UNSIGNED",
        "BIGINT UNSIGNED",
        "INT(8) ZEROFILL",
        "TINYINT(1)",
        "BOOLEAN",
        "DECIMAL(12,2)",
        "YEAR"
    };

    private static final String[] LETTERS = {
        "VARCHAR(10)",
        "VARCHAR(10)",
        "VARCHAR(12) CHARACTER SET latin1",
        "VARCHAR(10) NOT NULL COLLATE latin1_bin",
        "CHAR(6)",
        "TEXT",
        "TEXT CHARACTER SET latin1",
        "MEDIUMTEXT",
        "JSON",
        "ENUM('a', 'b', 'é')",
        "ENUM('b', 'a', 'c,d', 'it''s', 'x\\\\y')",
        "SET('p', 'q', 'r')"
    };

    final long seed;
    final String database;
    final List<String> statements = new ArrayList<>();

    private final Connection source;
    private final LoggedRows told;
    private final Random random;
    private final int steps;
    private int done;
    private int rows = 1000;

    RandomDefinitions(Connection source, int number, long seed) {
        this.source = source;
        this.seed = seed;
        database = "r" + number;
        told = new LoggedRows(source, database);
        random = new Random(seed);
        steps = 7 + 2 * random.nextInt(5);
    }

    /** Makes the table, and its target with all columns that it may have. */
    void create(WideTarget target) throws SQLException {
        execute("CREATE DATABASE " + database);
        execute("CREATE TABLE " + database + ".t (id INT PRIMARY KEY, n1 INT, n2 INT, n3 INT, n4 INT, s1 VARCHAR(10),"
                + " s2 VARCHAR(10), s3 TEXT, s4 TEXT)");
        told.look();
        target.create(told);
        execute("ALTER TABLE " + database + ".t DROP n3, DROP n4, DROP s3, DROP s4");
        told.look();
    }

    boolean hasSteps() {
        return done < steps;
    }

    /** Rows and a change by turns; it ends with rows. */
    void step() throws SQLException {
        if (!hasSteps()) {
            return;
        }
        if (done++ % 2 == 0) {
            write();
            return;
        }
        execute("USE " + database);
        String change = change();
        try {
            execute(change);
            statements.add(change);
        } catch (SQLException refused) {
            // A sequence may want what the table does not allow; the server then changes nothing.
            statements.add("refused: " + change);
        }
        told.look();
    }

    private void write() throws SQLException {
        for (DefinedTable table : List.copyOf(told.tables())) {
            change(table.insert(rows++));
            change(table.insert(rows++));
            if (random.nextInt(3) == 0) {
                change(table.update(1000 + random.nextInt(rows - 1000), rows + 50));
                change(table.delete(1000 + random.nextInt(rows - 1000)));
            }
        }
    }

    private void change(String sql) throws SQLException {
        if (sql != null) {
            execute(sql);
            told.hear(null);
        }
    }

    /** The first row that is not what it was when it was written, of all of them or of those in front of a stop. */
    String wrong(WideTarget target, boolean isStopped) throws SQLException {
        return isStopped ? told.differenceFromAll(target::read) : told.difference(target::read);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = source.createStatement()) {
            statement.execute(sql);
        }
    }

    private String change() {
        List<String> columns = new ArrayList<>();
        told.tables().iterator().next().columns.forEach(column -> columns.add(column.name));
        List<String> actions = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            actions.add(action(columns));
        }
        String prefix = pick(
                "ALTER TABLE t ",
                "ALTER TABLE t ",
                "ALTER TABLE t ",
                "ALTER TABLE IF EXISTS t ",
                "ALTER TABLE t WAIT 5 ",
                "ALTER ONLINE TABLE t ",
                "SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE t ",
                "ALTER /* x */ TABLE `" + database + "`.t ",
                "/*!40000 ALTER TABLE t ");
        String whole = prefix + String.join(pick(", ", ", ", " /*! , */ "), actions);
        return prefix.startsWith("/*!")
                ? whole.replace("*/", "")
                                .replace("/*! ,", ",")
                                .replace("/*!", "")
                                .replaceFirst("40000 ", "/*!40000 ") + " */"
                : whole;
    }

    private String action(List<String> columns) {
        String name = NAMES[random.nextInt(NAMES.length)];
        String there = columns.get(random.nextInt(columns.size()));
        if (there.equals("id")) {
            there = name;
        }
        String place = pick("", "", " FIRST", " AFTER " + columns.get(random.nextInt(columns.size())), " /*! FIRST */");
        switch (random.nextInt(11)) {
            case 0:
                return "ADD COLUMN " + name + type(name) + place;
            case 1:
                return "ADD COLUMN IF NOT EXISTS " + name + type(name) + place;
            case 2: {
                String second = NAMES[random.nextInt(NAMES.length)];
                return "ADD COLUMN (" + name + type(name) + ", " + second + type(second) + ")";
            }
            case 3:
                return "DROP COLUMN " + pick("", "IF EXISTS ") + there + pick("", "", " CASCADE");
            case 4:
                return "MODIFY " + there + type(there) + place;
            case 5:
                return "MODIFY COLUMN " + pick("", "IF EXISTS ") + there + type(there) + pick("", " FIRST");
            case 6:
                return "RENAME COLUMN " + pick("", "IF EXISTS ") + there + " TO " + alike(there);
            case 7: {
                String other = alike(there);
                return "CHANGE " + there + " " + other + type(other) + ", CHANGE " + other + " " + there + type(there);
            }
            case 8:
                return "CHANGE " + there + " " + alike(there) + type(there) + place;
            case 9:
                return "ALTER COLUMN " + there + pick(" DROP DEFAULT", " SET DEFAULT 7");
            default:
                return pick(
                        "CONVERT TO CHARACTER SET latin1",
                        "CONVERT TO CHARACTER SET utf8mb4",
                        "DEFAULT CHARACTER SET latin1",
                        "COLLATE utf8mb4_general_ci",
                        "ADD INDEX IF NOT EXISTS i (" + there + ")",
                        "COMMENT 'x, DROP COLUMN n1'",
                        "FORCE");
        }
    }

    private String type(String name) {
        boolean isNumber = name.startsWith("n");
        String type = isNumber ? pick(NUMBERS) : pick(LETTERS);
        if (type.contains("NOT NULL") || type.equals("JSON")) {
            return " " + type;
        }
        return " " + type
                + pick(
                        "",
                        "",
                        " NULL",
                        " NOT NULL",
                        type.contains("TEXT")
                                ? ""
                                : " DEFAULT " + (isNumber ? "1" : type.startsWith("SET") ? "'q'" : "'a'"),
                        " COMMENT 'it''s'");
    }

    private String alike(String name) {
        return name.charAt(0) + String.valueOf(1 + random.nextInt(4));
    }

    private String pick(String... of) {
        return of[random.nextInt(of.length)];
    }
}
