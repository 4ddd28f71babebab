package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random changes of tables through a running job: the target has what was written, or the job stopped in front of the
 * first wrong row and goes on without the table.
 */
@Tag("mysql-cdc")
class DefinitionsIT {

    private static final boolean LONG = Boolean.parseBoolean(System.getenv("PIE_LONG"));

    /** The first key. */
    private static final int FIRST = 1000;

    @TempDir
    private Path folder;

    private MariaDb source;
    private Postgres target;
    private ManyDefinitions job;

    @BeforeEach
    void start() throws IOException {
        source = MariaDb.start();
        target = Postgres.startWithPassword("scram", "target-password");
        job = new ManyDefinitions(source, target, folder);
    }

    @AfterEach
    void stop() throws IOException {
        source.close();
        target.close();
    }

    @Test
    void randomSequences() throws Exception {
        List<RandomDefinitions> sequences = new ArrayList<>();
        for (int i = 0; i < (LONG ? 300 : 12); i++) {
            sequences.add(new RandomDefinitions(source, i, 14_000 + i));
            sequences.get(i).create();
        }
        job.start();
        for (RandomDefinitions one : sequences) {
            one.run();
        }
        int equal = 0;
        for (RandomDefinitions one : sequences) {
            job.settle(one.database, () -> wrong(one, false) == null);
            boolean stopped = job.reasons().containsKey(one.database);
            if (stopped) {
                System.out.println("seed " + one.seed + ": " + job.reasons().get(one.database));
                assertThat(wrong(one, true))
                        .as("no wrong row of seed %s", one.seed)
                        .isNull();
            }
            equal += stopped ? 0 : 1;
        }
        System.out.println("sequences: " + sequences.size() + "; equal: " + equal + "; stopped: "
                + job.reasons().size());
        job.end();
    }

    /** The first row that is not what it was when it was written. */
    private String wrong(RandomDefinitions one, boolean mayLack) throws SQLException {
        Map<String, Map<String, String>> found = new HashMap<>();
        for (Map<String, String> row : SourceRows.readTarget(target, one.database, "t", FIRST)) {
            found.put(row.get("id"), row);
        }
        for (Map<String, String> row : one.written) {
            Map<String, String> is = found.get(row.get("id"));
            if (is == null && !mayLack) {
                return "no row " + row;
            }
            for (Map.Entry<String, String> value :
                    is == null ? Map.<String, String>of().entrySet() : is.entrySet()) {
                if (!value.getValue().equals(row.getOrDefault(value.getKey(), "NULL"))) {
                    return row + " is " + is;
                }
            }
        }
        return null;
    }
}
