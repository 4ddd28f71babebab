package com.pieclouddb.flink.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A TCP proxy on loopback in front of a server, whose connections a test cuts, stalls and half-closes when it wants.
 *
 * <p>Bytes pass unchanged and in order until then. A cut is a reset on both sides, as of a host that lost its
 * connections; a stall holds both directions, of later connections too, and loses nothing; a half-close shows one side
 * the end of the other, which stays open. A server that does not listen is seen as a connection that is reset.
 */
final class CuttingProxy implements AutoCloseable {

    /** Who sees the end of a connection that is half-closed. */
    enum Side {
        CLIENT,
        SERVER
    }

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final int target;

    private final Object turnstile = new Object();
    private boolean stalled;
    private volatile boolean refuses;

    private CuttingProxy(int target) throws IOException {
        this.target = target;
    }

    /** A running proxy in front of what listens on this port of the loopback interface. */
    static CuttingProxy before(int port) throws IOException {
        CuttingProxy proxy = new CuttingProxy(port);
        inBackground(proxy::accept);
        return proxy;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The connections that are open now, the oldest first. */
    List<Link> links() {
        return List.copyOf(links);
    }

    /** Resets all connections that are open now. */
    void cut() throws IOException {
        for (Link link : links) {
            link.cut();
        }
    }

    /** From now on no byte passes, in either direction. */
    void stall() {
        synchronized (turnstile) {
            stalled = true;
        }
    }

    /** The same of some connections alone. */
    void stall(List<Link> some) {
        synchronized (turnstile) {
            some.forEach(link -> link.stalled = true);
        }
    }

    /** From now on every new connection is reset; those that are open stay. */
    void refuseNew() {
        refuses = true;
    }

    /** What was held passes, and all that comes. */
    void resume() {
        synchronized (turnstile) {
            stalled = false;
            links.forEach(link -> link.stalled = false);
            turnstile.notifyAll();
        }
    }

    /** Shows one side of all connections that are open now the end of the other. */
    void halfClose(Side seenBy) throws IOException {
        for (Link link : links) {
            link.halfClose(seenBy);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
        resume();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            if (refuses) {
                reset(client);
                continue;
            }
            try {
                Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), target));
                links.add(link);
                inBackground(() -> link.pump(link.client, link.server));
                inBackground(() -> link.pump(link.server, link.client));
            } catch (ConnectException nobodyListens) {
                reset(client);
            }
        }
    }

    private void awaitPassage(Link link) throws InterruptedException {
        synchronized (turnstile) {
            while (stalled || link.stalled) {
                turnstile.wait();
            }
        }
    }

    private static void inBackground(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException ended) {
                        // The end of a socket is the end of its thread: both sides have seen it.
                    }
                },
                "cutting-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    /** Closes so that the other side sees a reset, whatever was on its way. */
    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** One connection of a client, and the one that was made to the server for it. */
    final class Link {

        private final Socket client;
        private final Socket server;
        private boolean stalled;

        private Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        /** By which the server knows it. */
        int portAtServer() {
            return server.getLocalPort();
        }

        void cut() throws IOException {
            if (links.remove(this)) {
                reset(client);
                reset(server);
            }
        }

        void halfClose(Side seenBy) throws IOException {
            (seenBy == Side.CLIENT ? client : server).shutdownOutput();
        }

        private void pump(Socket from, Socket to) throws IOException, InterruptedException {
            byte[] bytes = new byte[64 << 10];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
                    awaitPassage(this);
                    out.write(bytes, 0, length);
                }
                awaitPassage(this);
                to.shutdownOutput();
                if (from.isOutputShutdown() && links.remove(this)) {
                    client.close();
                    server.close();
                }
            } catch (IOException broken) {
                cut();
                throw broken;
            }
        }
    }

    /** What a thread of the proxy does. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException, InterruptedException;
    }
}
