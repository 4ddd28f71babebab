package com.pieclouddb.flink.it;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A server that admits so many statements at once, as a resource queue of Greenplum's does: a proxy on loopback that
 * reads the messages of both sides.
 *
 * <p>What a client sends while nothing of it runs waits for a slot, first come, first served; the slot is held until
 * the server is ready again, so through a whole COPY. Stricter than a queue in that each statement takes one. It does
 * not speak TLS.
 */
final class StatementGate implements AutoCloseable {

    private static final String STATEMENTS = "QPBEDCS";

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Semaphore slots;
    private final int target;

    /** When a message of a client passed last, and the longest time between two of them. */
    private final AtomicLong lastNanos = new AtomicLong();

    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong late = new AtomicLong();

    private StatementGate(int target, int admitted) throws IOException {
        this.target = target;
        slots = new Semaphore(admitted, true);
    }

    /** A running gate in front of what listens on this port of the loopback interface. */
    static StatementGate before(int port, int admitted) throws IOException {
        StatementGate gate = new StatementGate(port, admitted);
        gate.inBackground(gate::accept);
        return gate;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The longest time without one message of any client since the first one. */
    Duration longestPause() {
        return Duration.ofNanos(longestNanos.get());
    }

    /** Statements that were not admitted at once. */
    long late() {
        return late.get();
    }

    /** Connections that are open stay so. */
    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), target));
            Thread forward = inBackground(link::forward);
            inBackground(() -> {
                try {
                    link.answer();
                } finally {
                    forward.interrupt();
                    link.end();
                }
            });
        }
    }

    private void passed() {
        long now = System.nanoTime();
        long before = lastNanos.getAndSet(now);
        if (before != 0) {
            longestNanos.accumulateAndGet(now - before, Math::max);
        }
    }

    private Thread inBackground(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException ended) {
                        // The end of a connection is the end of its threads.
                    }
                },
                "statement-gate");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** One connection of a client, and the one that was made to the server for it. */
    private final class Link {

        private final Socket client;
        private final Socket server;

        private boolean admitted;
        private boolean ended;
        /** A part of a statement has passed whose Sync is still to come: it may be answered before that. */
        private boolean begun;
        /** Answers "ready" that are to come. */
        private int expected;
        /** Whether the newest of them is to a Sync: that of a COPY which has begun is not answered. */
        private boolean synced;
        /** The COPY has begun before its Sync has passed. */
        private boolean early;

        private Link(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        private void forward() throws IOException, InterruptedException {
            try {
                DataInputStream in = new DataInputStream(client.getInputStream());
                OutputStream out = server.getOutputStream();
                // The first message, or a request to cancel, has no type.
                out.write(body(in, ByteBuffer.allocate(0)));
                while (true) {
                    byte type = in.readByte();
                    byte[] message = body(in, ByteBuffer.allocate(1).put(type));
                    if (STATEMENTS.indexOf(type) >= 0) {
                        admit(type);
                    }
                    passed();
                    out.write(message);
                }
            } finally {
                server.shutdownOutput();
            }
        }

        private void answer() throws IOException {
            DataInputStream in = new DataInputStream(server.getInputStream());
            OutputStream out = client.getOutputStream();
            for (boolean loggedIn = false; true; ) {
                byte type = in.readByte();
                byte[] message = body(in, ByteBuffer.allocate(1).put(type));
                if (type == 'G' || type == 'Z' && loggedIn) {
                    ready(type);
                }
                loggedIn |= type == 'Z';
                out.write(message);
            }
        }

        private void admit(byte type) throws InterruptedException {
            if (begins(type)) {
                return;
            }
            // Without a time it would pass those who wait.
            if (!slots.tryAcquire(0, TimeUnit.SECONDS)) {
                late.incrementAndGet();
                slots.acquire();
            }
            take();
            begins(type);
        }

        private synchronized void take() throws InterruptedException {
            admitted = true;
            if (ended) {
                free();
                throw new InterruptedException("the connection has ended");
            }
        }

        /** False where nothing of this connection is admitted. */
        private synchronized boolean begins(byte type) {
            if (admitted) {
                begun = type != 'Q' && type != 'S';
                synced = type == 'S';
                expected += begun || synced && early ? 0 : 1;
                early &= !synced;
            }
            return admitted;
        }

        /** "Ready" for the next statement, or for the rows of a COPY. */
        private synchronized void ready(byte type) {
            if (type == 'G') {
                early = begun;
                expected -= synced ? 1 : 0;
                return;
            }
            // A COPY that fails at once is answered twice.
            expected = Math.max(0, expected - 1);
            if (expected == 0 && !begun) {
                free();
            }
        }

        private synchronized void free() {
            if (admitted) {
                admitted = false;
                slots.release();
            }
        }

        private synchronized void end() throws IOException {
            ended = true;
            free();
            client.close();
            server.close();
        }

        /** A whole message behind what is there of it. */
        private byte[] body(DataInputStream in, ByteBuffer before) throws IOException {
            int length = in.readInt();
            ByteBuffer message = ByteBuffer.allocate(before.position() + length)
                    .put(before.array(), 0, before.position())
                    .putInt(length);
            in.readFully(message.array(), message.position(), length - Integer.BYTES);
            return message.array();
        }
    }

    /** What a thread of the gate does. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException, InterruptedException;
    }
}
