package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.sync.handles.EventKind;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the watch takes an event for goes by names that the client of each Flink CDC has, all of them. */
@Tag("mysql-cdc")
class EventKindIT {

    @Test
    void eachTypeOfTheClientIsKnownAndNoOther() throws Exception {
        Object[] types =
                Class.forName("com.github.shyiko.mysql.binlog.event.EventType").getEnumConstants();
        assertThat(Arrays.stream(types).map(type -> ((Enum<?>) type).name()).collect(Collectors.toSet()))
                .isEqualTo(EventKind.types());
    }

    /** No MariaDB writes most of these, or none that a test can bring about. */
    @ParameterizedTest
    @CsvSource({
        "PARTIAL_UPDATE_ROWS_EVENT,UNREAD",
        "TRANSACTION_PAYLOAD,UNREAD",
        "LOAD,UNREAD",
        "NEW_LOAD,UNREAD",
        "UNKNOWN,UNREAD",
        "of a later client,UNREAD",
        "EXECUTE_LOAD_QUERY,LOAD",
        "INCIDENT,INCIDENT",
        "XA_PREPARE,PREPARE"
    })
    void whatHoldsChangesIsNotPassedOver(String type, EventKind kind) {
        assertThat(EventKind.of(type)).isEqualTo(kind);
    }
}
