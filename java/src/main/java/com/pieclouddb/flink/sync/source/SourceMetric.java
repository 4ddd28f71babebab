package com.pieclouddb.flink.sync.source;

import org.apache.flink.annotation.Internal;

/** The metrics of the command's source; docs/metrics.md has the same table. */
@Internal
public enum SourceMetric {
    TABLES_MISSING(
            "tablesMissing",
            "Tables of the source that are selected and not followed: Flink CDC has no definition of them; each is"
                    + " named in a WARN.");

    private final String metric;
    private final String meaning;

    SourceMetric(String metric, String meaning) {
        this.metric = metric;
        this.meaning = meaning;
    }

    String metric() {
        return metric;
    }

    /** Its line in the documentation. */
    public String documented() {
        return "| `" + metric + "` | enumerator, `pieclouddb` | " + meaning + " |";
    }
}
