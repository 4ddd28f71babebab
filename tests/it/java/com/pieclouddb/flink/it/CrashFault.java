package com.pieclouddb.flink.it;

/** What befalls a job at a {@link CrashPoint}. */
enum CrashFault {
    SERVER("server killed"),
    CONNECTION("connections cut"),
    TASK("task failed over"),
    /** A process that is killed: {@code tests/e2e/crash-matrix.sh}. */
    TASKMANAGER("TaskManager killed"),
    /** No byte passes any more until the job has given up; then what it had sent arrives. */
    STALL("connections stall"),
    /** The job sees the end of its connections, the server does not. */
    HALF_CLOSE("connections half-closed");

    /** The columns of the table. */
    static final CrashFault[] COLUMNS = {SERVER, CONNECTION, TASK, TASKMANAGER};

    private final String words;

    CrashFault(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }
}
