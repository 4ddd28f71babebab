package com.pieclouddb.flink.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelsTest {

    @Test
    void literalsAreReadAsTheServerReadsThem() {
        assertThat(Labels.read(List.of(
                        "'a'",
                        "'it''s'",
                        "'it\\'s'",
                        "'back\\\\slash'",
                        "'tab\\tnew\\nzero\\0'",
                        "'x\\y'",
                        "'100\\%'",
                        "\"a \"\"b\"\" 'c'\"",
                        "'\"'",
                        "''",
                        "bare")))
                .containsExactly(
                        "a",
                        "it's",
                        "it's",
                        "back\\slash",
                        "tab\tnew\nzero\0",
                        "xy",
                        "100\\%",
                        "a \"b\" 'c'",
                        "\"",
                        "",
                        "bare");
    }

    @Test
    void anEnumIsToldByItsNumberItsBytesOrItsText() {
        Labels labels = new Labels(List.of("'a,b'", "'c\\\\,d'", "'é'"), false, true, true);
        assertThat(labels.told(1)).isEqualTo("a\\,b");
        assertThat(labels.told(2)).isEqualTo("c\\\\,d");
        assertThat(labels.told(3)).isEqualTo("é");
        assertThat(labels.told(0)).isEmpty();
        assertThat(labels.told("a,b")).isEqualTo("a\\,b");
        assertThat(labels.told("a,b".getBytes(StandardCharsets.UTF_8))).isEqualTo("a\\,b");
        assertThat(new Labels(List.of("'a,b'"), false, false, false).told(1)).isEqualTo("a,b");
        assertThat(labels.told("é".getBytes(StandardCharsets.UTF_8))).isEqualTo("é");
    }

    @Test
    void aSetIsToldByItsBitsItsBytesOrItsText() {
        Labels labels = new Labels(List.of("'x'", "'it''s'", "'z'"), true, false, true);
        assertThat(labels.told(0L)).isEmpty();
        assertThat(labels.told(5L)).isEqualTo("x,z");
        assertThat(labels.told(7L)).isEqualTo("x,it's,z");
        assertThat(labels.told("x,z".getBytes(StandardCharsets.UTF_8))).isEqualTo("x,z");
    }

    @Test
    void whatHasNoSureNameHasNone() {
        assertThat(new Labels(List.of("'a'"), false, false, true).told(2)).isNull();
        assertThat(new Labels(List.of("'a'"), false, false, true).told(-1)).isNull();
        assertThat(new Labels(List.of("'a'"), true, false, true).told(2L)).isNull();
        assertThat(new Labels(List.of("'a'"), true, false, true).told(Long.MIN_VALUE))
                .isNull();
        assertThat(new Labels(List.of("'?'"), false, true, true).told(1)).isNull();
        assertThat(new Labels(List.of("'?'"), false, false, true).told(1)).isEqualTo("?");
        assertThat(new Labels(List.of("'\ufffd'"), false, false, true).told(1)).isNull();
        assertThat(new Labels(List.of("'a'"), false, true, true).told(new byte[] {(byte) 0xe9}))
                .isNull();
        assertThat(new Labels(List.of("'a'"), false, false, true).told(true)).isNull();
    }
}
