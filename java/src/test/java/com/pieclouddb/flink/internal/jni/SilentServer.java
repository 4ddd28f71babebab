package com.pieclouddb.flink.internal.jni;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Paths;

/** A server that takes connections and never says a word, and the spec text of a session with it. */
final class SilentServer implements AutoCloseable {

    private final ServerSocket socket;

    SilentServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    String spec() throws IOException {
        return spec(socket.getLocalPort());
    }

    /** The fixture's session, with a server of our own and no second try. */
    static String spec(int port) throws IOException {
        return Files.readString(Paths.get("tests/fixtures/spec/session-minimal.spec"))
                .replace("hostname=db.example", "hostname=127.0.0.1")
                .replace("port=5432", "port=" + port)
                .replace("connection.max-retries=3", "connection.max-retries=0");
    }

    static String tableSpec() throws IOException {
        return Files.readString(Paths.get("tests/fixtures/spec/table-merge.spec"));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
