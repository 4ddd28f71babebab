package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.io.Serializable;
import java.util.Collection;
import java.util.TreeSet;
import org.apache.flink.annotation.Internal;

/**
 * Which tables may be told a change twice, and an older one after a newer: those whose rows the sink writes by key.
 *
 * <p>A table that is not known here has a key: Flink CDC reads no other.
 */
@Internal
public final class ReplayedTables implements Serializable {

    private static final long serialVersionUID = 1L;

    private final boolean byKey;
    private final TreeSet<SourceName> appended;

    private ReplayedTables(boolean byKey, Collection<SourceName> appended) {
        this.byKey = byKey;
        this.appended = new TreeSet<>(appended);
    }

    /** All but some, which are appended to. */
    public static ReplayedTables allBut(Collection<SourceName> appended) {
        return new ReplayedTables(true, appended);
    }

    /** None: all rows are appended. */
    public static ReplayedTables none() {
        return new ReplayedTables(false, new TreeSet<>());
    }

    public boolean replays(SourceName name) {
        return byKey && !appended.contains(name);
    }
}
