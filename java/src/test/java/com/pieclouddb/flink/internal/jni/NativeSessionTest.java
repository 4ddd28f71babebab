package com.pieclouddb.flink.internal.jni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules of the crossing, as far as a server that never answers can try them; every test tries to break one. */
class NativeSessionTest {

    private static final Path FAILPOINTS = Paths.get(System.getenv("PIECLOUDDB_FAILPOINTS"));

    private SilentServer server;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(FAILPOINTS);
        server = new SilentServer();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void aWaitEndsWithinATickOfTheInterrupt() throws Exception {
        assertThat(shortest(this::fromInterruptToEnd)).isLessThan(Duration.ofMillis(400));
    }

    private Duration fromInterruptToEnd() throws Exception {
        try (LoadSession session = open()) {
            session.openTable(SilentServer.tableSpec());
            FutureTask<Duration> waiting = new FutureTask<>(interruptible(session::flush));
            Thread thread = new Thread(waiting);
            thread.start();
            assertThatThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS))
                    .as("nobody answers")
                    .isNotNull();
            long interrupted = System.nanoTime();
            thread.interrupt();
            waiting.get(30, TimeUnit.SECONDS);
            return Duration.ofNanos(System.nanoTime() - interrupted);
        }
    }

    /** Of a few: a busy machine may keep a thread from running for longer than what is measured, but not each time. */
    private static Duration shortest(Callable<Duration> tried) throws Exception {
        Duration shortest = tried.call();
        for (int again = 0; again < 4; again++) {
            Duration took = tried.call();
            shortest = took.compareTo(shortest) < 0 ? took : shortest;
        }
        return shortest;
    }

    @Test
    void aBatchThatIsNotTakenStillHearsTheInterrupt() throws Exception {
        ByteBuffer batch = batch();
        try (LoadSession session = open()) {
            session.openTable(SilentServer.tableSpec());
            FutureTask<Duration> offering =
                    new FutureTask<>(interruptible(() -> session.offer(batch, batch.capacity())));
            Thread thread = new Thread(offering);
            thread.start();
            assertThatThrownBy(() -> offering.get(300, TimeUnit.MILLISECONDS))
                    .as("nobody answers")
                    .isNotNull();
            thread.interrupt();
            offering.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void noCallWaitsLongerThanItsTickWhateverItIsTold() throws Exception {
        long id = NativeBridge.openSession(loadedSpec());
        NativeBridge.openTable(id, SilentServer.tableSpec());
        NativeBridge.startFlush(id);
        Duration took = shortest(() -> {
            long before = System.nanoTime();
            assertThat(NativeBridge.awaitFlush(id, Integer.MAX_VALUE)).isFalse();
            return Duration.ofNanos(System.nanoTime() - before);
        });
        assertThat(took).isLessThan(Duration.ofMillis(400));
        NativeBridge.closeSession(id);
    }

    @Test
    void anIdThatNeverWasIsATypedError() throws Exception {
        loadedSpec();
        assertClosed(() -> NativeBridge.openTable(123_456_789, SilentServer.tableSpec()));
        assertClosed(() -> NativeBridge.startFlush(-1));
        NativeBridge.closeSession(123_456_789);
    }

    @Test
    void anExceptionIsThrownWithoutAWordInTheLog() throws Exception {
        loadedSpec();
        NativeBridge.drainLog();
        assertClosed(() -> NativeBridge.startFlush(-1));
        assertThat(NativeBridge.drainLog()).isEmpty();
    }

    @Test
    void useAfterCloseIsATypedErrorAndASecondCloseDoesNothing() throws Exception {
        LoadSession session = open();
        session.close();
        session.close();
        assertClosed(session::flush);
        long id = NativeBridge.openSession(server.spec());
        NativeBridge.closeSession(id);
        NativeBridge.closeSession(id);
        assertClosed(() -> NativeBridge.awaitFlush(id, 10));
    }

    @Test
    void closingDoesNotWaitForTheServer() throws Exception {
        Duration took = shortest(() -> {
            LoadSession session = open();
            session.openTable(SilentServer.tableSpec());
            long before = System.nanoTime();
            session.close();
            return Duration.ofNanos(System.nanoTime() - before);
        });
        assertThat(took).isLessThan(Duration.ofMillis(1_000));
    }

    @Test
    void noThreadIsLeftAfterTheLastSession() throws Exception {
        LoadSession session = open();
        // A thread names itself, a little after it began.
        awaitThreads(true);
        session.close();
        awaitThreads(false);
    }

    private static void awaitThreads(boolean any) throws IOException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                nativeThreads().isEmpty() == any; ) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void aFailureInTheBackgroundIsThrownByTheNextCallAndByEveryLaterOne() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        try (LoadSession session = NativeSession.open(SilentServer.spec(closedPort), null)) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> {
                            session.openTable(SilentServer.tableSpec());
                            session.flush();
                        })
                        .isInstanceOfSatisfying(
                                PieCloudDBException.class,
                                e -> assertThat(e.kind()).isEqualTo(PieCloudDBException.Kind.CONNECTION))
                        .hasMessageContaining("127.0.0.1:" + closedPort);
            }
        }
    }

    @Test
    void aPanicIsAnExceptionAndTheNextSessionWorks() throws Exception {
        ByteBuffer batch = batch();
        try (LoadSession session = open()) {
            session.openTable(SilentServer.tableSpec());
            Files.writeString(FAILPOINTS.resolve("bridge.offer"), "panic");
            assertThatThrownBy(() -> session.offer(batch, batch.capacity()))
                    .isExactlyInstanceOf(PieCloudDBException.class)
                    .isInstanceOfSatisfying(
                            PieCloudDBException.class,
                            e -> assertThat(e.kind()).isEqualTo(PieCloudDBException.Kind.INTERNAL))
                    .hasMessageContaining("failpoint bridge.offer");
            assertThat(FAILPOINTS.resolve("bridge.offer.hit")).exists();
        }
        long next = NativeBridge.openSession(server.spec());
        NativeBridge.openTable(next, SilentServer.tableSpec());
        assertThat(NativeBridge.offer(next, batch, batch.capacity(), 1))
                .as("nobody answered yet")
                .isFalse();
        NativeBridge.closeSession(next);
    }

    @Test
    void optionsThatDoNotCrossAreNamedAndThePasswordIsNot() throws Exception {
        String spec = loadedSpec() + "password=hunter2\n";
        for (String bad : List.of("sink.surprise=1", "port=1")) {
            assertThatThrownBy(() -> NativeBridge.openSession(spec + bad + "\n"))
                    .isInstanceOf(PieCloudDBException.Permanent.class)
                    .isInstanceOfSatisfying(
                            PieCloudDBException.class,
                            e -> assertThat(e.kind()).isEqualTo(PieCloudDBException.Kind.CONFIG))
                    .hasMessageContaining("option '" + bad.substring(0, bad.indexOf('=')) + "'")
                    .hasMessageNotContaining("hunter2");
        }
    }

    @Test
    void aBufferThatIsNotWhatItSaysIsRefused() throws Exception {
        try (LoadSession session = open()) {
            int table = session.openTable(SilentServer.tableSpec());
            assertThatThrownBy(() -> session.offer(ByteBuffer.allocateDirect(8), 9))
                    .isInstanceOf(PieCloudDBException.class);
            assertThatThrownBy(() -> session.offer(ByteBuffer.allocateDirect(8), -1))
                    .isInstanceOf(PieCloudDBException.class);
            assertThatThrownBy(() -> session.offer(ByteBuffer.allocate(8), 8)).isInstanceOf(PieCloudDBException.class);
            assertThatThrownBy(() -> session.offer(null, 0)).isInstanceOf(PieCloudDBException.class);
            ByteBuffer ofNoTable = FixtureRows.batch(table + 1, 1024);
            assertThatThrownBy(() -> session.offer(ofNoTable, ofNoTable.capacity()))
                    .isInstanceOf(PieCloudDBException.class);
        }
    }

    @Test
    void theLogOfTheNativeHalfWaitsForJava() throws Exception {
        try (LoadSession session = open()) {
            session.openTable(SilentServer.tableSpec());
            String[] records = NativeBridge.drainLog();
            assertThat(records.length % 3).isZero();
            for (int i = 0; i < records.length; i += 3) {
                assertThat(records[i]).isIn("ERROR", "WARN", "INFO", "DEBUG", "TRACE");
            }
        }
    }

    private LoadSession open() throws IOException {
        return NativeSession.open(server.spec(), null);
    }

    /** The spec of a session, with the library loaded for calls past {@link NativeSession}. */
    private String loadedSpec() throws IOException {
        NativeLibrary.load(null);
        return server.spec();
    }

    /** About 64 KiB of rows for the table of the fixture, the session's first. */
    private static ByteBuffer batch() throws IOException {
        return FixtureRows.batch(0, 64 * 1024);
    }

    private static Callable<Duration> interruptible(Waiting waiting) {
        return () -> {
            long before = System.nanoTime();
            try {
                waiting.run();
            } catch (InterruptedException expected) {
                return Duration.ofNanos(System.nanoTime() - before);
            }
            throw new ExecutionException("the wait ended without the interrupt", null);
        };
    }

    private static void assertClosed(Waiting call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        PieCloudDBException.class,
                        e -> assertThat(e.kind()).isEqualTo(PieCloudDBException.Kind.CLOSED));
    }

    private static List<String> nativeThreads() throws IOException {
        try (Stream<Path> tasks = Files.list(Paths.get("/proc/self/task"))) {
            return tasks.map(NativeSessionTest::threadName)
                    .filter(name -> name.startsWith("pieclouddb"))
                    .collect(Collectors.toList());
        }
    }

    private static String threadName(Path task) {
        try {
            return Files.readString(task.resolve("comm")).trim();
        } catch (IOException ended) {
            return "";
        }
    }

    /** Something that waits in the native half. */
    @FunctionalInterface
    private interface Waiting {
        void run() throws Exception;
    }
}
