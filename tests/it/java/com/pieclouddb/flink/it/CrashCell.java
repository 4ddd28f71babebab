package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions.DeliveryGuarantee;
import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import java.util.Objects;

/** One crash: where, what, and in which load mode; and what is promised after it. It is a plain value. */
final class CrashCell {

    private final CrashPoint point;
    private final CrashFault fault;
    private final LoadMode mode;

    CrashCell(CrashPoint point, CrashFault fault, LoadMode mode) {
        this.point = point;
        this.fault = fault;
        this.mode = mode;
    }

    CrashPoint point() {
        return point;
    }

    CrashFault fault() {
        return fault;
    }

    LoadMode mode() {
        return mode;
    }

    String failpoint() {
        return point.failpoint(mode);
    }

    /** Whether rows may be there twice in the end: append, which replays what it had committed. */
    boolean mayRepeatRows() {
        return mode == LoadMode.APPEND && point.guarantee() == DeliveryGuarantee.AT_LEAST_ONCE;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CrashCell && toString().equals(other.toString());
    }

    @Override
    public int hashCode() {
        return Objects.hash(point, fault, mode);
    }

    @Override
    public String toString() {
        return point.guarantee() + ", " + mode + ", " + point.words() + ": " + fault.words();
    }
}
