package com.pieclouddb.flink.it;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** A history in parts, each of which is read in order: all changes of a key are in one of them. */
interface Partitions<T> extends Serializable {

    /** How many there are. */
    int partitions();

    /** What happens in one of them, the same whenever it is asked for. */
    List<T> partition(int partition);

    /** When, in milliseconds since 1970, what stands at this position of a partition may be told at the earliest. */
    default long dueMillis(int position) {
        return 0;
    }

    TypeInformation<T> type();
}
