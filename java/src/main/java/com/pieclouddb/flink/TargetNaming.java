package com.pieclouddb.flink;

import java.io.Serializable;
import org.apache.flink.annotation.PublicEvolving;

/**
 * Names the target of each table of the source, of those too that are created while the job runs.
 *
 * <p>It is asked once for each definition of a table and must answer the same everywhere and every time. Several tables
 * may share one target if their columns are the same.
 */
@PublicEvolving
@FunctionalInterface
public interface TargetNaming extends Serializable {

    /**
     * Names a target.
     *
     * @param database the table's database in the source
     * @param table its name there
     * @return where its rows go; null leaves them out, counted as {@code rowsSkipped}
     */
    TableId target(String database, String table);

    /**
     * A schema for each database of the source, and tables of the same names in it.
     *
     * @return the naming
     */
    static TargetNaming schemaForEachDatabase() {
        return TableId::of;
    }
}
