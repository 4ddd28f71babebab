package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A checkpoint while Flink CDC cuts the tables into pieces: its own thread changes the enumerator's state while that is
 * written, so that the checkpoint failed, or the next one held the rest of it, or pieces were missing from it.
 */
@Tag("mysql-cdc")
class ChunkSplittingIT {

    private static final String DATABASE = "cut_tables";
    private static final int TABLES = 100;

    /** Of 14 rows in order of their text, five in a query, whose last one begins the next piece. */
    private static final int PIECES = 4;

    private static final Pattern PIECE = Pattern.compile(DATABASE + "\\.t[0-9]+:[0-9]+");

    /** A restored enumerator asks the server for all definitions. */
    private static final int RESTORED = 3;

    private static MariaDb server;
    private static Postgres target;

    @BeforeAll
    static void start() throws IOException {
        server = MariaDb.start();
        target = SyncCommand.startTarget();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        target.close();
    }

    @Test
    void aStateOfThatTimeHasEachPieceOnce() throws Exception {
        List<String> statements = new ArrayList<>(List.of("CREATE DATABASE " + DATABASE, "USE " + DATABASE));
        for (int table = 0; table < TABLES; table++) {
            // By the largest value of each piece, one query and one step after the other.
            statements.add("CREATE TABLE t" + table + " (k char(36) PRIMARY KEY, n int)");
            statements.add("INSERT INTO t" + table + " SELECT concat(char(65 + seq DIV 26), char(65 + seq MOD 26)), seq"
                    + " FROM seq_1_to_14");
        }
        server.execute(statements.toArray(new String[0]));
        Captured captured = catchThrowableOfType(Captured.class, Captured::ofTheCommand);
        assertThat(captured).isNotNull();
        statesOfTheTime(captured.source);
    }

    private static <SplitT extends SourceSplit, StateT> void statesOfTheTime(Source<?, SplitT, StateT> source)
            throws Exception {
        SimpleVersionedSerializer<StateT> serializer = source.getEnumeratorCheckpointSerializer();
        List<byte[]> states = new ArrayList<>();
        Assigned<SplitT> whole = new Assigned<>();
        try (SplitEnumerator<SplitT, StateT> enumerator = source.createEnumerator(whole.context())) {
            enumerator.start();
            do {
                states.add(serializer.serialize(enumerator.snapshotState(states.size() + 1)));
            } while (states.size() % 10 != 0 || piecesIn(states.get(states.size() - 1)) < TABLES * PIECES);
        }
        System.out.println("ChunkSplittingIT: " + states.size() + " states");
        int step = Math.max(1, states.size() / RESTORED);
        for (int state = 0; state < states.size(); state += step) {
            assertThat(piecesOf(source, serializer, states.get(state)))
                    .as("state %d of %d", state, states.size())
                    .containsExactlyElementsOf(allPieces());
        }
    }

    /** How many pieces a state names. */
    private static long piecesIn(byte[] state) {
        return PIECE.matcher(new String(state, StandardCharsets.ISO_8859_1))
                .results()
                .map(MatchResult::group)
                .distinct()
                .count();
    }

    private static List<String> allPieces() {
        return IntStream.range(0, TABLES)
                .boxed()
                .flatMap(table -> IntStream.range(0, PIECES).mapToObj(piece -> DATABASE + ".t" + table + ":" + piece))
                .sorted()
                .collect(Collectors.toList());
    }

    /** What readers of a job that goes on from a state are given, in the order of their names. */
    private static <SplitT extends SourceSplit, StateT> List<String> piecesOf(
            Source<?, SplitT, StateT> source, SimpleVersionedSerializer<StateT> serializer, byte[] state)
            throws Exception {
        Assigned<SplitT> assigned = new Assigned<>();
        try (SplitEnumerator<SplitT, StateT> restored =
                source.restoreEnumerator(assigned.context(), serializer.deserialize(serializer.getVersion(), state))) {
            restored.start();
            restored.addReader(0);
            int before;
            do {
                before = assigned.pieces.size();
                restored.handleSplitRequest(0, "localhost");
            } while (assigned.pieces.size() > before);
        }
        assertThat(new TreeSet<>(assigned.pieces)).hasSameSizeAs(assigned.pieces);
        return assigned.pieces.stream().sorted().collect(Collectors.toList());
    }

    /** The place of Flink's coordinator, with one reader. */
    private static final class Assigned<SplitT extends SourceSplit> {
        private final List<String> pieces = new ArrayList<>();

        @SuppressWarnings("unchecked")
        SplitEnumeratorContext<SplitT> context() {
            return (SplitEnumeratorContext<SplitT>) Proxy.newProxyInstance(
                    ChunkSplittingIT.class.getClassLoader(),
                    new Class<?>[] {SplitEnumeratorContext.class},
                    (proxy, method, args) -> {
                        switch (method.getName()) {
                            case "currentParallelism":
                                return 1;
                            case "registeredReaders":
                                return Map.of(0, new ReaderInfo(0, "localhost"));
                            case "registeredReadersOfAttempts":
                                return new HashMap<>();
                            case "metricGroup":
                                return UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
                            case "assignSplit":
                                pieces.add(((SourceSplit) args[0]).splitId());
                                return null;
                            case "toString":
                                return "context of ChunkSplittingIT";
                            default:
                                // Calls of later, events to readers: none of them runs here.
                                return null;
                        }
                    });
        }
    }

    /** The source that the command makes of its flags; Flink gets none. */
    @SuppressWarnings("serial")
    private static final class Captured extends RuntimeException {
        private final transient Source<?, ?, ?> source;

        private Captured(Source<?, ?, ?> source) {
            this.source = source;
        }

        static void ofTheCommand() throws Exception {
            CapturingEnvironment.use();
            try {
                SyncCommand.of(server, target, DATABASE)
                        .source("scan.incremental.snapshot.chunk.size=5")
                        .run();
            } finally {
                CapturingEnvironment.reset();
            }
        }
    }

    @SuppressWarnings("try") // close() is Flink's
    private static final class CapturingEnvironment extends StreamExecutionEnvironment {
        static void use() {
            initializeContextEnvironment(configuration -> new CapturingEnvironment());
        }

        static void reset() {
            resetContextEnvironment();
        }

        @Override
        public <OutT> DataStreamSource<OutT> fromSource(
                Source<OutT, ?, ?> source, WatermarkStrategy<OutT> watermarks, String name) {
            throw new Captured(source);
        }
    }
}
