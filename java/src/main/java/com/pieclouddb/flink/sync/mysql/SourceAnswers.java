package com.pieclouddb.flink.sync.mysql;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/**
 * What the source's server answers, as texts: the seam through which rules read it, so that a test can answer for a
 * server that is not at hand.
 */
@Internal
public interface SourceAnswers {

    /** The server's global variables, by their names in lower case. */
    Map<String, String> variables();

    /**
     * The rows of a query, their values by the names of the columns in lower case.
     *
     * @return empty where the server refuses the question: for a right that is missing, or since it does not know the
     *     words
     */
    Optional<List<Map<String, String>>> rows(String sql);
}
