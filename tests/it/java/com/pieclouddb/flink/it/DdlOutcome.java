package com.pieclouddb.flink.it;

import java.util.Arrays;

/** What became of a case of {@link DdlCase}, and of the rows that its source's log tells. */
enum DdlOutcome {
    UNDERSTOOD("understood", "Flink CDC read the definition rightly: the target equals the source"),
    MENDED("mended", "the watch made the definition anew from the server's: the target equals the source"),
    STOPPED("stopped", "the job stopped in front of the first row in doubt, and went on without the table"),
    LEFT_OUT("left out", "the table is not loaded, see above; nothing of it is in the target");

    private final String word;
    private final String meaning;

    DdlOutcome(String word, String meaning) {
        this.word = word;
        this.meaning = meaning;
    }

    static DdlOutcome of(String word) {
        return Arrays.stream(values())
                .filter(one -> one.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(word));
    }

    String word() {
        return word;
    }

    /** The row of docs/sync-job.md. */
    String documented(long of24, long of35) {
        return "| " + word + ": " + meaning + " | " + of24 + " | " + of35 + " |";
    }
}
