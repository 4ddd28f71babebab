package com.pieclouddb.flink.internal.jni;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException;
import org.junit.jupiter.api.Test;

/** What crosses to the native half is called and numbered there as it is here. */
class VocabularyTest {

    @Test
    void routesAreCalledAndNumberedAlikeOnBothSides() throws PieCloudDBException {
        assertThat(Vocabulary.words("routes")).isEqualTo(Vocabulary.names(NativeRouter.Found.values()));
    }

    /** As {@link PieCloudDBException#kind()} promises. */
    @Test
    void errorsAreOfTheKindsThatUsersKnow() throws PieCloudDBException {
        assertThat(Vocabulary.words("error kinds")).isEqualTo(Vocabulary.names(PieCloudDBException.Kind.values()));
        assertThat(Vocabulary.words("permanent error kinds"))
                .containsExactly("CONFIG", "AUTH", "TARGET", "DATA", "FENCED");
    }
}
