package com.pieclouddb.flink.it;

/** What befalls a job at a {@link CrashPoint}. */
enum CrashFault {
    SERVER("server killed"),
    CONNECTION("connections cut"),
    TASK("task failed over"),
    /** Needs processes: {@code tests/e2e/crash-matrix.sh}. */
    TASKMANAGER("TaskManager killed");

    private final String words;

    CrashFault(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }
}
