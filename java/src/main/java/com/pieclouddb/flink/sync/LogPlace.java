
package com.pieclouddb.flink.sync;

import java.util.Comparator;

/** A place in the source's binary log: a file, whose names grow with the log, and a byte in it. */
final class LogPlace implements Comparable<LogPlace> {

    /** Names end in numbers, which take a digit more when they have to. */
    private static final Comparator<LogPlace> ORDER = Comparator.<LogPlace>comparingInt(place -> place.file.length())
            .thenComparing(place -> place.file).thenComparingLong(place -> place.position);

    private final String file;
    private final long position;

    LogPlace(String file, long position) {
        this.file = file;
        this.position = position;
    }

    String file() {
        return file;
    }

    long position() {
        return position;
    }

    boolean isBefore(LogPlace other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(LogPlace other) {
        return ORDER.compare(this, other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogPlace && compareTo((LogPlace) other) == 0;
    }

    @Override
    public int hashCode() {
        return file.hashCode() * 31 + Long.hashCode(position);
    }

    @Override
    public String toString() {
        return file + ":" + position;
    }
}
