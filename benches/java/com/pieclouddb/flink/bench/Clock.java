package com.pieclouddb.flink.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Time, processor time and peak memory of this process, from the first row that a job emits to its end, and how long
 * its checkpoints stalled the writer's thread.
 *
 * <p>One measurement at a time. The processor time is that of all threads, the garbage collector's and the native
 * library's included; the peak is the kernel's VmHWM, forgotten at the start where the kernel lets us.
 */
final class Clock {

    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private static volatile long startNanos;
    private static volatile long startCpuNanos;
    private static volatile long startRss;

    /** One word per checkpoint. */
    private static final StringBuffer STALLS = new StringBuffer();

    private Clock() {}

    /** Called by the job with its first row. */
    static void start() throws IOException {
        // Writing 5 resets the peak to what is resident now (proc(5)).
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        startRss = status("VmRSS:");
        STALLS.setLength(0);
        startCpuNanos = PROCESS.getProcessCpuTime();
        startNanos = System.nanoTime();
    }

    /** Called by the job's writer after each checkpoint. */
    static void stalled(long nanos) {
        STALLS.append(" stall_micros=").append(nanos / 1000);
    }

    /** Called when the job has ended. */
    static String stop() throws IOException {
        long millis = (System.nanoTime() - startNanos) / 1_000_000;
        long cpuMillis = (PROCESS.getProcessCpuTime() - startCpuNanos) / 1_000_000;
        return "millis=" + millis + " cpu_millis=" + cpuMillis + " peak_rss_kb=" + status("VmHWM:") + " first_rss_kb="
                + startRss + STALLS;
    }

    private static long status(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + name + " in /proc/self/status");
    }
}
