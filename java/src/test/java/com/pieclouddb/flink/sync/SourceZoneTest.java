package com.pieclouddb.flink.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.table.api.ValidationException;

import org.junit.jupiter.api.Test;

/** The zone is the server's in winter and in summer, or it is asked for. */
class SourceZoneTest {

    private static final int HOUR = 3600;

    @Test
    void aNameThatKeepsTheServersTimeIsTaken() {
        assertThat(SourceZone.zone("Europe/Berlin", "UTC", HOUR, 2 * HOUR)).isEqualTo("Europe/Berlin");
        assertThat(SourceZone.zone("SYSTEM", "Asia/Shanghai", 8 * HOUR, 8 * HOUR)).isEqualTo("Asia/Shanghai");
        assertThat(SourceZone.zone("+08:00", "UTC", 8 * HOUR, 8 * HOUR)).isEqualTo("+08:00");
        assertThat(SourceZone.zone("SYSTEM", "UTC", 0, 0)).isEqualTo("UTC");
    }

    @Test
    void aNameThatDoesNotIsReplacedWhereTheClockNeverChanges() {
        assertThat(SourceZone.zone("SYSTEM", "CST", 8 * HOUR, 8 * HOUR)).isEqualTo("+08:00");
        assertThat(SourceZone.zone("SYSTEM", "", 0, 0)).isEqualTo("UTC");
    }

    @Test
    void elseItIsAskedFor() {
        assertThatThrownBy(() -> SourceZone.zone("SYSTEM", "CET", HOUR, HOUR + 1)).isInstanceOf(ValidationException.class)
                .hasMessageContaining("time zone is 'CET'").hasMessageContaining("--mysql-conf server-time-zone=");
    }
}
