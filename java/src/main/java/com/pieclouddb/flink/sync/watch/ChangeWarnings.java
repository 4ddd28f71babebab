package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.internal.settings.SourceName;
import com.pieclouddb.flink.sync.handles.LogHandles;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once of a followed table, and of each kind of change, that it has rows which no event told. */
final class ChangeWarnings {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeWarnings.class);

    private final LogHandles handles;
    private final Object context;

    /** Tables and changes of their rows. */
    private final Set<String> told = new HashSet<>();

    ChangeWarnings(LogHandles handles, Object context) {
        this.handles = handles;
        this.context = context;
    }

    /**
     * Looks at a statement without blanks and comments in front of it.
     *
     * @param database that names without one belong to
     */
    void tell(String statement, String database) throws Throwable {
        Optional<RowsWithoutEvents> change = RowsWithoutEvents.of(statement);
        if (change.isPresent()) {
            for (SourceName name : RowsWithoutEvents.tables(statement, database)) {
                if (handles.isFollowed(context, handles.tableId(name)) && told.add(name + " " + change.get())) {
                    LOG.warn(
                            "table '{}' of the source was altered, and {}, which the log does not tell: rows of its"
                                + " target stay as they are. Load the table anew where they differ; this is said once",
                            name,
                            change.get().change());
                }
            }
        }
    }
}
