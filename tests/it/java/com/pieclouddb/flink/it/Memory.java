package com.pieclouddb.flink.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;

/** The memory of this process; the heap is touched when the JVM starts, so what grows is native memory. */
final class Memory {

    private Memory() {}

    /** Bytes that are resident now. */
    static long resident() throws IOException {
        return Long.parseLong(Files.readString(Paths.get("/proc/self/statm")).split(" ")[1]) * 4096;
    }
}
