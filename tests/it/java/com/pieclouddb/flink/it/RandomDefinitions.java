package com.pieclouddb.flink.it;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A random sequence of changes of one table with rows in between, and what the rows were when they were written.
 *
 * <p>A name keeps its type, numbers or letters, so that the target's columns of the start take what they have later.
 */
final class RandomDefinitions {

    private static final String[] NAMES = {"n1", "n2", "n3", "n4", "s1", "s2", "s3", "s4"};

    final long seed;
    final String database;

    /** Of each row: the values by the columns' names at that moment. */
    final List<Map<String, String>> written = new ArrayList<>();

    private final MariaDb source;
    private final SourceRows rows;
    private final Random random;

    RandomDefinitions(MariaDb source, int number, long seed) {
        this.source = source;
        this.seed = seed;
        database = "r" + number;
        rows = new SourceRows(source);
        random = new Random(seed);
    }

    void create() throws SQLException {
        source.execute(
                "CREATE DATABASE " + database,
                "USE " + database,
                "CREATE TABLE t (id INT PRIMARY KEY, n1 INT, n2 INT, s1 VARCHAR(10), s2 VARCHAR(10))");
    }

    /** Makes the changes. */
    void run() throws SQLException {
        for (int i = 0; i < 3 + random.nextInt(5); i++) {
            write();
            List<String> columns = new ArrayList<>(rows.columns(database, "t").keySet());
            try {
                source.execute("USE " + database, change(columns));
            } catch (SQLException refused) {
                // A sequence may want what the table does not allow; the server then changes nothing.
                continue;
            }
        }
        write();
    }

    private void write() throws SQLException {
        int id = 1000 + written.size();
        source.execute("USE " + database, rows.insert(database, "t", id));
        List<Map<String, String>> read = rows.read(database, "t", id);
        written.add(new HashMap<>(read.get(0)));
    }

    private String change(List<String> columns) {
        String prefix = pick(
                "ALTER TABLE t ",
                "ALTER TABLE t ",
                "ALTER TABLE t ",
                "ALTER TABLE IF EXISTS t ",
                "ALTER TABLE t WAIT 5 ",
                "SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE t ",
                "ALTER /* x */ TABLE `" + database + "`.t ");
        List<String> actions = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            actions.add(action(columns));
        }
        return prefix + String.join(", ", actions);
    }

    private String action(List<String> columns) {
        String name = NAMES[random.nextInt(NAMES.length)];
        String there = columns.get(random.nextInt(columns.size()));
        if (there.equals("id")) {
            there = name;
        }
        String place = pick("", "", " FIRST", " AFTER " + columns.get(random.nextInt(columns.size())), " /*! FIRST */");
        switch (random.nextInt(8)) {
            case 0:
                return "ADD COLUMN " + name + type(name) + place;
            case 1:
                return "ADD COLUMN IF NOT EXISTS " + name + type(name) + place;
            case 2:
                return "ADD COLUMN (" + name + type(name)
                        + pick("", " NOT NULL DEFAULT " + (name.startsWith("n") ? "7" : "'x'")) + ")";
            case 3:
                return "DROP COLUMN " + pick("", "IF EXISTS ") + there;
            case 4:
                return "MODIFY " + there + type(there) + place;
            case 5:
                return "RENAME COLUMN " + there + " TO " + alike(there);
            case 6: {
                String other = alike(there);
                return "CHANGE " + there + " " + other + type(other) + ", CHANGE " + other + " " + there + type(there);
            }
            default:
                return pick(
                        "CONVERT TO CHARACTER SET latin1",
                        "CONVERT TO CHARACTER SET utf8mb4",
                        "DEFAULT CHARACTER SET latin1",
                        "ADD INDEX IF NOT EXISTS i (" + there + ")",
                        "COMMENT 'x'");
        }
    }

    private static String type(String name) {
        return name.startsWith("n") ? " INT" : " VARCHAR(10)";
    }

    private String alike(String name) {
        return name.charAt(0) + String.valueOf(1 + random.nextInt(4));
    }

    private String pick(String... of) {
        return of[random.nextInt(of.length)];
    }
}
