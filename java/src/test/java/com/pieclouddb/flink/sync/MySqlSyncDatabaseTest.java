package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException.Kind;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What the target's answer means for a table of a job that goes on. */
class MySqlSyncDatabaseTest {

    /** A server that is out of connections, or has the table locked, has not said that there is none. */
    @Test
    void onlyAnAnswerAboutTheTargetSaysThatNoneFits() {
        assertThat(Arrays.stream(Kind.values()).filter(MySqlSyncDatabase::saysThatNoneFits))
                .containsExactly(Kind.CONFIG, Kind.TARGET);
    }
}
