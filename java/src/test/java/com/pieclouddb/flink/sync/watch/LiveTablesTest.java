package com.pieclouddb.flink.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is left of SHOW CREATE TABLE for Flink CDC's parser. */
class LiveTablesTest {

    private static final String COLUMNS =
            "CREATE TABLE `t` (\n  `id` int(11) NOT NULL COMMENT 'a `B`=1 c',\n  PRIMARY KEY (`id`)";

    @Test
    void attributesOfTheEngineAreTakenAway() {
        assertThat(LiveTables.withoutAttributes(COLUMNS
                        + "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin `PAGE_COMPRESSED`=1"
                        + " `PAGE_COMPRESSION_LEVEL`='5' `ENCRYPTED`=NO\n PARTITION BY HASH (`id`)\nPARTITIONS 4"))
                .isEqualTo(COLUMNS
                        + "\n"
                        + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin   \n"
                        + " PARTITION BY HASH (`id`)\n"
                        + "PARTITIONS 4");
    }

    @Test
    void allElseIsLeft() {
        String versioned = COLUMNS + "\n) ENGINE=InnoDB DEFAULT CHARSET=latin1 COMMENT='x' WITH SYSTEM VERSIONING";
        assertThat(LiveTables.withoutAttributes(versioned)).isEqualTo(versioned);
    }
}
