package com.pieclouddb.flink.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.jni.Vocabulary;
import org.junit.jupiter.api.Test;

/** What the native half tells of a table has the same fields in the same order on both sides. */
class EventFieldsTest {

    @Test
    void theNativeHalfTellsTheSameFields() throws PieCloudDBException {
        assertThat(Vocabulary.words("table events")).isEqualTo(Vocabulary.names(SchemaChangeEvent.Kind.values()));
        assertThat(Vocabulary.words("fields of a table event"))
                .isEqualTo(Vocabulary.names(SchemaChangeEvent.Field.values()));
        assertThat(Vocabulary.words("fields of a column"))
                .isEqualTo(Vocabulary.names(SchemaChangeEvent.ColumnField.values()));
    }
}
