package com.pieclouddb.flink.sync.watch;

import com.pieclouddb.flink.sync.handles.LogHandles;
import com.pieclouddb.flink.sync.handles.ParserHandles;
import com.pieclouddb.flink.sync.model.EventColumn;
import com.pieclouddb.flink.sync.model.ModelColumn;
import java.sql.Types;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives columns the type that the server has for them where Flink CDC reads by the word that a statement in the log
 * had.
 *
 * <p>BOOLEAN is a TINYINT(1), which holds more than true and false; MariaDB's JSON is a LONGTEXT, which CDC would read
 * in MySQL's binary form. The words mean that on every server, and the rows' own description says of which type they
 * are: nothing is asked.
 */
final class TypeAliases {

    private final LogHandles log;
    private final ParserHandles parser;

    TypeAliases(LogHandles log, ParserHandles parser) {
        this.log = log;
        this.parser = parser;
    }

    /**
     * The table that rows are read by from here on.
     *
     * @param model the one that is there, or null
     */
    Object of(Object context, Object model, List<EventColumn> rows) throws Throwable {
        if (model == null) {
            return null;
        }
        List<ModelColumn> columns = log.modelColumns(model);
        Map<Integer, ParserHandles.Spelling> others = new HashMap<>();
        for (int i = 0; i < Math.min(columns.size(), rows.size()); i++) {
            if (columns.get(i).isBoolean() && rows.get(i).is(EventColumn.TINY)) {
                others.put(i, new ParserHandles.Spelling("TINYINT", Types.SMALLINT, 1, null));
            } else if (columns.get(i).isJson() && rows.get(i).isBlob(4)) {
                others.put(i, new ParserHandles.Spelling("LONGTEXT", Types.VARCHAR, -1, "utf8mb4"));
            }
        }
        return others.isEmpty() ? model : parser.respell(context, model, others);
    }
}
