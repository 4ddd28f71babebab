package com.pieclouddb.flink.internal.jni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.jni.NativeRouter.Found;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The rules of the crossing for routers; every test tries to break one. */
class NativeRouterTest {

    private static final Path FAILPOINTS = Paths.get(System.getenv("PIECLOUDDB_FAILPOINTS"));

    private static final String TABLE = "source.database=shop\nsource.table=t\ndebezium.decimals=base64\n"
            + "column.0.name=id\ncolumn.0.source-type=int\ncolumn.0.nullable=false\n";

    private static final byte[] RECORD = bytes(
            "{\"before\":null,\"after\":{\"id\":1}," + "\"source\":{\"db\":\"shop\",\"table\":\"t\"},\"op\":\"c\"}");

    @Test
    void aTableKeepsItsNumberAndItsRecordsAreFound() throws Exception {
        try (NativeRouter router = NativeRouter.open(null)) {
            assertThat(router.find(RECORD, null)).isEqualTo(Found.UNKNOWN);
            assertThat(router.texts()).containsExactly("shop", "t");
            assertThat(router.define(TABLE.replace("source.table=t", "source.table=other")))
                    .isZero();
            assertThat(router.define(TABLE)).isEqualTo(1);
            assertThat(router.define(TABLE.replace("=int\n", "=bigint\n"))).isEqualTo(1);
            assertThat(router.find(RECORD, null)).isEqualTo(Found.ROW);
            assertThat(router.table()).isEqualTo(1);
            assertThat(router.texts()).as("of the record before").isEmpty();
        }
    }

    @Test
    void recordsOfAnySizeDoNotSeeEachOther() throws Exception {
        try (NativeRouter router = NativeRouter.open(null)) {
            router.define(TABLE);
            router.find(RECORD, null);
            long hash = router.hash();
            byte[] large = bytes(new String(RECORD, StandardCharsets.UTF_8)
                    .replace("\"id\":1", "\"pad\":\"" + "x".repeat(3 << 20) + "\",\"id\":2"));
            assertThat(router.find(large, RECORD)).isEqualTo(Found.ROW);
            assertThat(router.hash()).isNotEqualTo(hash);
            router.find(RECORD, new byte[0]);
            assertThat(router.hash()).isEqualTo(hash);
            assertThat(router.find(new byte[0], null)).isEqualTo(Found.NOTHING);
        }
    }

    @Test
    void useAfterCloseIsATypedErrorAndASecondCloseDoesNothing() throws Exception {
        NativeRouter router = NativeRouter.open(null);
        router.close();
        router.close();
        assertKind("CLOSED", () -> router.find(RECORD, null));
        assertKind("CLOSED", () -> router.define(TABLE));
    }

    @Test
    void anIdOfTheOtherSortIsATypedError() throws Exception {
        NativeLibrary.load(null);
        long router = NativeBridge.openRouter();
        assertKind("CLOSED", () -> NativeBridge.startFlush(router));
        assertKind("CLOSED", () -> NativeBridge.openTable(router, SilentServer.tableSpec()));
        NativeBridge.closeRouter(router);
        try (SilentServer server = new SilentServer()) {
            long session = NativeBridge.openSession(server.spec());
            assertKind("CLOSED", () -> NativeBridge.route(session, RECORD, null, new long[4]));
            assertKind("CLOSED", () -> NativeBridge.defineSource(session, TABLE));
            NativeBridge.closeRouter(session);
            NativeBridge.startFlush(session);
            NativeBridge.closeSession(session);
        }
    }

    @Test
    void whatIsNotWhatItSaysIsRefused() throws Exception {
        NativeLibrary.load(null);
        long router = NativeBridge.openRouter();
        NativeBridge.defineSource(router, TABLE);
        assertKind("INTERNAL", () -> NativeBridge.route(router, null, null, new long[4]));
        assertThatThrownBy(() -> NativeBridge.route(router, RECORD, null, new long[3]))
                .isInstanceOf(Exception.class);
        NativeBridge.closeRouter(router);
    }

    @Test
    void aPanicIsAnExceptionAndTheRouterWorksOn() throws Exception {
        Files.createDirectories(FAILPOINTS);
        try (NativeRouter router = NativeRouter.open(null)) {
            router.define(TABLE);
            Files.writeString(FAILPOINTS.resolve("bridge.route"), "panic");
            assertKind("INTERNAL", () -> router.find(RECORD, null));
            assertThat(router.find(RECORD, null)).isEqualTo(Found.ROW);
        }
    }

    /** Else each job would leave its classes behind: what a router pins, no session is there to let go. */
    @Test
    void aClosedRouterPinsNoClassLoader() throws Exception {
        WeakReference<ClassLoader> gone = openAndClose();
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); gone.get() != null; System.gc()) {
            assertThat(System.nanoTime()).as("the class loader is still there").isLessThan(end);
        }
    }

    private static WeakReference<ClassLoader> openAndClose() throws Exception {
        try (ConnectorLoader loader = ConnectorLoader.create()) {
            Class<?> type = loader.loadClass(NativeRouter.class.getName());
            Object router = type.getMethod("open", String.class).invoke(null, (Object) null);
            type.getMethod("define", String.class).invoke(router, TABLE);
            type.getMethod("find", byte[].class, byte[].class).invoke(router, RECORD, null);
            type.getMethod("close").invoke(router);
            return new WeakReference<>(loader);
        }
    }

    private static void assertKind(String kind, Calling call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        PieCloudDBException.class, e -> assertThat(e.kind()).hasToString(kind));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A call into the native half. */
    @FunctionalInterface
    private interface Calling {
        void run() throws Exception;
    }
}
