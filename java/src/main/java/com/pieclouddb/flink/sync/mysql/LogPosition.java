package com.pieclouddb.flink.sync.mysql;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/** A place in the server's log: file and offset, and what had been executed where the server has GTIDs. */
@Internal
public final class LogPosition implements Comparable<LogPosition>, Serializable {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long position;
    private final String gtids;

    /**
     * A place.
     *
     * @param gtids empty where the server has none, or none that Flink CDC reads
     */
    public LogPosition(String file, long position, String gtids) {
        this.file = file;
        this.position = position;
        this.gtids = gtids;
    }

    /** A place of which nothing else is known. */
    public LogPosition(String file, long position) {
        this(file, position, "");
    }

    public boolean isBefore(LogPosition other) {
        return compareTo(other) < 0;
    }

    /** The end of the log; empty where the server does not tell it. */
    public static Optional<LogPosition> end(SourceAnswers answers) {
        List<Map<String, String>> rows = answers.rows("SHOW MASTER STATUS").orElse(List.of());
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        String gtids = rows.get(0).get("executed_gtid_set");
        return Optional.of(new LogPosition(
                rows.get(0).get("file"),
                Long.parseLong(rows.get(0).get("position")),
                gtids == null ? "" : gtids.replaceAll("\\s", "")));
    }

    public String file() {
        return file;
    }

    public long position() {
        return position;
    }

    public String gtids() {
        return gtids;
    }

    /** By file and offset. The files' numbers grow, and one day by a digit. */
    @Override
    public int compareTo(LogPosition that) {
        return Comparator.<LogPosition>comparingInt(place -> place.file.length())
                .thenComparing(place -> place.file)
                .thenComparingLong(place -> place.position)
                .compare(this, that);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogPosition
                && compareTo((LogPosition) other) == 0
                && gtids.equals(((LogPosition) other).gtids);
    }

    @Override
    public int hashCode() {
        return 31 * file.hashCode() + Long.hashCode(position);
    }

    @Override
    public String toString() {
        return file + ":" + position;
    }
}
