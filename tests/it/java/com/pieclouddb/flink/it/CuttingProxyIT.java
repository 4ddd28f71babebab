package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy does to connections what it is told, and to no others. */
class CuttingProxyIT {

    private ServerSocket server;
    private CuttingProxy proxy;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxy = CuttingProxy.before(server.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.close();
    }

    @Test
    void bytesPassBothWaysAndEndsToo() throws Exception {
        try (Pair pair = new Pair()) {
            pair.passes("question", "answer");
            pair.client.shutdownOutput();
            assertThat(pair.accepted.getInputStream().read()).isEqualTo(-1);
            send(pair.accepted, "late");
            pair.accepted.shutdownOutput();
            assertThat(pair.client.getInputStream().readAllBytes()).asString().isEqualTo("late");
            await().atMost(Duration.ofSeconds(30)).until(() -> proxy.links().isEmpty());
        }
    }

    @Test
    void oneConnectionIsCutOnBothSidesAndTheOtherIsNot() throws Exception {
        try (Pair first = new Pair();
                Pair second = new Pair()) {
            first.passes("a", "b");
            second.passes("c", "d");
            proxy.links().get(0).cut();
            assertThatThrownBy(() -> first.client.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> first.accepted.getInputStream().read()).isInstanceOf(SocketException.class);
            second.passes("e", "f");
            proxy.cut();
            assertThatThrownBy(() -> second.client.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(proxy.links()).isEmpty();
        }
    }

    @Test
    void aStallHoldsBothDirectionsAndLosesNothing() throws Exception {
        try (Pair pair = new Pair()) {
            pair.passes("a", "b");
            proxy.stall();
            send(pair.client, "question");
            send(pair.accepted, "answer");
            pair.client.setSoTimeout(100);
            pair.accepted.setSoTimeout(100);
            assertThatThrownBy(() -> pair.client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> pair.accepted.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            proxy.resume();
            assertThat(receive(pair.accepted, 8)).isEqualTo("question");
            assertThat(receive(pair.client, 6)).isEqualTo("answer");
        }
    }

    @Test
    void aHalfCloseIsSeenByOneSideAndTheOtherWayStaysOpen() throws Exception {
        try (Pair pair = new Pair()) {
            pair.passes("a", "b");
            proxy.halfClose(CuttingProxy.Side.CLIENT);
            assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
            send(pair.client, "still");
            assertThat(receive(pair.accepted, 5)).isEqualTo("still");
        }
        try (Pair pair = new Pair()) {
            pair.passes("a", "b");
            proxy.halfClose(CuttingProxy.Side.SERVER);
            assertThat(pair.accepted.getInputStream().read()).isEqualTo(-1);
            send(pair.accepted, "still");
            assertThat(receive(pair.client, 5)).isEqualTo("still");
        }
    }

    @Test
    void aServerThatDoesNotListenIsAConnectionThatIsReset() throws Exception {
        server.close();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String receive(Socket socket, int length) throws IOException {
        socket.setSoTimeout(5_000);
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    /** A connection through the proxy, both ends of it. */
    private final class Pair implements AutoCloseable {

        private final Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        private final Socket accepted = server.accept();

        private Pair() throws IOException {
            client.setSoTimeout(5_000);
            accepted.setSoTimeout(5_000);
        }

        private void passes(String there, String back) throws IOException {
            send(client, there);
            assertThat(receive(accepted, there.length())).isEqualTo(there);
            send(accepted, back);
            assertThat(receive(client, back.length())).isEqualTo(back);
        }

        @Override
        public void close() throws IOException {
            client.close();
            accepted.close();
        }
    }
}
