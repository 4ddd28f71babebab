package com.pieclouddb.flink.internal.jni;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.PieCloudDBException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What crosses to the native half is called and numbered there as it is here. */
class VocabularyTest {

    @Test
    void routesAreCalledAndNumberedAlikeOnBothSides() throws PieCloudDBException {
        assertThat(Vocabulary.words("routes")).isEqualTo(names(NativeRouter.Found.values()));
    }

    /** As {@link PieCloudDBException#kind()} promises. */
    @Test
    void errorsAreOfTheKindsThatUsersKnow() throws PieCloudDBException {
        assertThat(Vocabulary.words("error kinds")).isEqualTo(names(PieCloudDBException.Kind.values()));
        assertThat(Vocabulary.words("permanent error kinds"))
                .containsExactly("CONFIG", "AUTH", "TARGET", "DATA", "FENCED");
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).collect(Collectors.toList());
    }
}
