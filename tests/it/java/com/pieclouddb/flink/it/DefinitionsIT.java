package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random changes of tables through a running job: the target has what was written, or the job stopped in front of the
 * first row that was in doubt and goes on without the table.
 *
 * <p>Half of the sequences keep step with the reader, as where tables are altered now and then, the others are at full
 * speed, so that the reader is behind.
 */
@Tag("mysql-cdc")
class DefinitionsIT {

    private static final boolean LONG = Boolean.parseBoolean(System.getenv("PIE_LONG"));

    private static final int SEQUENCES = LONG ? 300 : 8;

    /** Of one job. */
    private static final int MOST_SEQUENCES = 60;

    private static final long FIRST_SEED = 14_000;

    @TempDir
    private Path folder;

    private final Map<String, Integer> counts = new TreeMap<>();

    @Test
    void randomSequences() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (int from = 0; from < SEQUENCES; from += MOST_SEQUENCES) {
            wrong.addAll(run(from, Math.min(from + MOST_SEQUENCES, SEQUENCES)));
        }
        System.out.println("sequences: " + SEQUENCES + ": " + counts);
        assertThat(wrong).isEmpty();
    }

    private List<String> run(int from, int to) throws Exception {
        try (MariaDb source = MariaDb.start();
                Postgres target = SyncCommand.startTarget();
                Connection session = source.connect();
                Connection loaded = target.connect()) {
            try (Statement statement = session.createStatement()) {
                statement.execute("SET time_zone = '+00:00'");
            }
            WideTarget tables = new WideTarget(loaded);
            List<RandomDefinitions> inStep = new ArrayList<>();
            List<RandomDefinitions> ahead = new ArrayList<>();
            for (int i = from; i < to; i++) {
                RandomDefinitions one = new RandomDefinitions(session, i, FIRST_SEED + i);
                one.create(tables);
                (i % 2 == 0 ? inStep : ahead).add(one);
            }
            ManyDefinitions job =
                    new ManyDefinitions(source, target, Files.createDirectory(folder.resolve("job-" + from)));
            job.start();
            while (inStep.stream().anyMatch(RandomDefinitions::hasSteps)) {
                for (RandomDefinitions one : inStep) {
                    one.step();
                }
                job.catchUp();
            }
            for (RandomDefinitions one : ahead) {
                while (one.hasSteps()) {
                    one.step();
                }
            }
            job.catchUp();
            job.end();
            List<String> wrong = new ArrayList<>();
            wrong.addAll(judge(inStep, "in step", job, tables));
            wrong.addAll(judge(ahead, "ahead", job, tables));
            return wrong;
        }
    }

    private List<String> judge(List<RandomDefinitions> sequences, String kind, ManyDefinitions job, WideTarget tables)
            throws Exception {
        List<String> wrong = new ArrayList<>();
        for (RandomDefinitions one : sequences) {
            String reason = job.reasons().get(one.database);
            String difference = one.wrong(tables, reason != null);
            System.out.println("seed " + one.seed + ", " + kind + ": " + (reason == null ? "as written" : reason));
            counts.merge(kind + (reason == null ? ", as written" : ", stopped"), 1, Integer::sum);
            if (difference != null) {
                wrong.add("seed " + one.seed + ": " + difference + " after " + one.statements);
            }
        }
        return wrong;
    }
}
