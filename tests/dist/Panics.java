import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.jni.NativeSession;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * What {@code panics.sh} runs: native code panics inside a call of Java's, and on a thread of its own. Each time an
 * exception tells of it, the JVM lives on, and the next session works.
 */
public final class Panics {

    private static final Path REFUSE = Paths.get(System.getenv("PIECLOUDDB_REFUSE_THREADS"));
    private static final String PANIC = "panicked: OS can't spawn worker thread";

    private Panics() {}

    public static void main(String[] arguments) throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        // A name, since it takes a thread to find its address.
        String session = Files.readString(Paths.get("tests/fixtures/spec/session-minimal.spec"))
                .replace("hostname=db.example", "hostname=localhost")
                .replace("port=5432", "port=" + nobody)
                .replace("connection.max-retries=3", "connection.max-retries=0");
        String table = Files.readString(Paths.get("tests/fixtures/spec/table-merge.spec"));

        Files.createFile(REFUSE);
        expect(
                "INTERNAL",
                "native code " + PANIC,
                () -> NativeSession.open(session, null).close());
        Files.delete(REFUSE);
        try (NativeSession first = NativeSession.open(session, null)) {
            Files.createFile(REFUSE);
            // The threads of the first one are there, and this one needs another.
            try (NativeSession second = NativeSession.open(session, null)) {
                expect("INTERNAL", PANIC, () -> {
                    second.openTable(table);
                    second.flush();
                });
            }
            Files.delete(REFUSE);
            expect("CONNECTION", "refused", () -> {
                first.openTable(table);
                first.flush();
            });
        }
    }

    private static void expect(String kind, String words, Call call) throws Exception {
        try {
            call.run();
        } catch (PieCloudDBException e) {
            if (e.kind().name().equals(kind) && e.getMessage().contains(words)) {
                System.out.println(e.kind() + ": " + e.getMessage());
                return;
            }
            throw new AssertionError("expected " + kind + " with: " + words, e);
        }
        throw new AssertionError("nothing was thrown; expected " + kind + " with: " + words);
    }

    private interface Call {
        void run() throws Exception;
    }
}
