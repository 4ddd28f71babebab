package com.pieclouddb.flink.internal.row;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.jni.Vocabulary;
import org.junit.jupiter.api.Test;

/** Parts of a record are called and numbered alike on both sides. */
class RecordPartsTest {

    @Test
    void theNativeHalfHasTheSameParts() throws PieCloudDBException {
        assertThat(Vocabulary.words("parts of a record")).isEqualTo(Vocabulary.names(RecordImages.Part.values()));
    }
}
