package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Statements of every kind through a running job, of which the parser of Flink CDC understands many wrongly and some
 * not at all: the target has the rows that the source's log tells, or the job stopped in front of the first that is in
 * doubt, and goes on without its table.
 *
 * <p>Each case has a database of its own, all of them one job. Reader and statements keep step, as where tables are
 * altered now and then; what becomes of statements that the reader is behind of {@link DefinitionsIT} shows.
 */
@Tag("mysql-cdc")
class DdlCorpusIT {

    private static final boolean LONG = Boolean.parseBoolean(System.getenv("PIE_LONG"));

    private static final String MENDS = ".*(is given the server's own definition of|is made anew from the server's).*";

    /** Of one job. */
    private static final int MOST_CASES = 60;

    @TempDir
    private Path folder;

    @Test
    void theDocumentHasTheCounts() throws IOException {
        List<DdlCase> cases = DdlCase.all();
        List<String> rows = new ArrayList<>();
        for (DdlOutcome outcome : DdlOutcome.values()) {
            rows.add(outcome.documented(
                    cases.stream().filter(one -> one.outcome(true) == outcome).count(),
                    cases.stream().filter(one -> one.outcome(false) == outcome).count()));
        }
        assertThat(Files.readAllLines(Path.of("docs/sync-job.md"))).containsSubsequence(rows);
    }

    @Test
    void eachCaseEndsAsTheFileSays() throws Exception {
        List<DdlCase> cases = chosen();
        List<String> others = new ArrayList<>();
        for (int from = 0; from < cases.size(); from += MOST_CASES) {
            others.addAll(run(cases.subList(from, Math.min(from + MOST_CASES, cases.size())), from));
        }
        assertThat(others).isEmpty();
    }

    /** Where there is no time for all: some of each outcome. */
    private static List<DdlCase> chosen() throws IOException {
        Set<DdlOutcome> seen = new HashSet<>();
        return DdlCase.all().stream()
                .filter(one -> LONG || seen.add(one.outcome(FollowedDatabase.IS_2_4)) || one.number % 20 == 7)
                .collect(Collectors.toList());
    }

    private static void inStep(ManyDefinitions job, List<RunningCase> cases) throws Exception {
        for (RunningCase one : cases) {
            one.writeInFront();
        }
        job.catchUp();
        while (cases.stream().anyMatch(RunningCase::hasSteps)) {
            for (RunningCase one : cases) {
                one.step();
            }
            job.catchUp();
        }
        for (RunningCase one : cases) {
            one.writeBehind();
        }
        job.catchUp();
    }

    /** Those that end otherwise than the file says. */
    private List<String> run(List<DdlCase> cases, int number) throws Exception {
        try (MariaDb source = MariaDb.start();
                Postgres target = SyncCommand.startTarget();
                Connection session = source.connect();
                Connection loaded = target.connect();
                LogCapture log = LogCapture.open(line -> line.matches(MENDS))) {
            try (Statement statement = session.createStatement()) {
                statement.execute("SET time_zone = '+00:00'");
            }
            WideTarget tables = new WideTarget(loaded);
            List<RunningCase> running = new ArrayList<>();
            for (DdlCase one : cases) {
                RunningCase runs = new RunningCase(one, source, session, tables);
                runs.prepare();
                running.add(runs);
            }
            ManyDefinitions job =
                    new ManyDefinitions(source, target, Files.createDirectory(folder.resolve("job-" + number)));
            job.start();
            inStep(job, running.stream().filter(one -> !one.shouldStop()).collect(Collectors.toList()));
            // A restart plans anew: what stops the job is over before that.
            for (RunningCase one : running) {
                if (one.shouldStop()) {
                    inStep(job, List.of(one));
                }
            }
            job.end();
            List<String> others = new ArrayList<>();
            Map<String, Integer> counts = new LinkedHashMap<>();
            for (RunningCase one : running) {
                String reason = job.reasons().get(one.database());
                String mended = log.lines().stream()
                        .filter(line ->
                                line.contains("'" + one.database() + ".") || line.contains("'" + one.database() + "x."))
                        .findFirst()
                        .orElse(null);
                DdlOutcome outcome = one.outcome(reason, mended != null);
                System.out.println("case " + one.number() + ": " + outcome.word() + " | "
                        + (reason != null ? reason : mended != null ? mended : ""));
                counts.merge(outcome.word(), 1, Integer::sum);
                one.complaints().forEach(System.out::println);
                others.addAll(one.complaints());
            }
            System.out.println(counts);
            return others;
        }
    }
}
