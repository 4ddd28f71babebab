package com.pieclouddb.flink.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UnsupportedEncodingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Letters of the log are told as the server has them, or found. */
class LogTextTest {

    @Test
    void allBytesOfLatin1AreLetters() {
        LogText latin1 = LogText.of("VARCHAR", "latin1");
        assertThat(latin1.read(bytes("C3 81 8D 8F 90 9D 80"))).isEqualTo("\u00C3\u0081\u008D\u008F\u0090\u009D\u20AC");
        assertThat(latin1.read(bytes("41 80 E9 FF"))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"ucs2,FE FF 00 41", "utf16,FE FF 00 41", "utf32,00 00 FE FF 00 00 00 41"})
    void aMarkInFrontIsALetter(String charset, String bytes) {
        assertThat(LogText.of("TEXT", charset).read(bytes(bytes))).isEqualTo("\uFEFFA");
    }

    @ParameterizedTest
    @CsvSource({"ucs2,FF FE 00 41", "utf16,FF FE 00 41"})
    void noMarkTurnsTheOrderOfBytes(String charset, String bytes) {
        assertThat(LogText.of("TEXT", charset).read(bytes(bytes))).isEqualTo("\uFFFEA");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ucs2", "utf16"})
    void aReversedMarkIsALetterWhereverItStands(String charset) {
        assertThat(LogText.of("TEXT", charset).read(bytes("00 41 FF FE D8 3D DE 00")))
                .isEqualTo("A\uFFFE\uD83D\uDE00");
        assertThat(LogText.of("TEXT", charset).read(bytes("41 FF FE 41"))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"gbk,GBK,FF", "sjis,Shift_JIS,85 40", ",UTF-8,E9", "utf8mb4,UTF-8,41 FF", "tis620,TIS-620,80"})
    void whatJavaDoesNotKnowIsFound(String charset, String java, String bytes) throws UnsupportedEncodingException {
        String told = new String(bytes(bytes), java);
        assertThat(told).contains("\uFFFD");
        assertThat(LogText.of("CHAR", charset).doubt(bytes(bytes), told)).contains("no text of charset");
    }

    @ParameterizedTest
    @CsvSource({"utf8mb4,UTF-8,EF BF BD", ",UTF-8,41 EF BF BD", "utf16,UTF-16BE,FF FD", "gb18030,GB18030,84 31 A4 37"})
    void theSignForUnknownLettersIsALetterToo(String charset, String java, String bytes)
            throws UnsupportedEncodingException {
        String told = new String(bytes(bytes), java);
        assertThat(told).contains("\uFFFD");
        assertThat(LogText.of("CHAR", charset).doubt(bytes(bytes), told)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"armscii8", "geostd8", "hp8", "dec8", "keybcs2", "swe7", "koi8u", "euckr", "ujis", "eucjpms"})
    void lettersOfCharsetsThatJavaLacksAreFound(String charset) {
        LogText text = LogText.of("VARCHAR", charset);
        assertThat(text.doubt(bytes("41 C4"), "A?")).contains("charset " + charset);
        assertThat(text.doubt(bytes("41"), "A")).isNull();
    }

    @Test
    void swedishLettersStandInThePlaceOfSigns() {
        assertThat(LogText.of("CHAR", "swe7").doubt(bytes("5B"), "[")).contains("charset swe7");
    }

    @ParameterizedTest
    @CsvSource({"BLOB,", "VARCHAR,binary", "JSON,utf8mb4", "LONG VARBINARY,", "INT,"})
    void whatIsNoTextIsNotLookedAt(String type, String charset) {
        assertThat(LogText.of(type, charset)).isNull();
    }

    private static byte[] bytes(String hex) {
        String[] parts = hex.split(" ");
        byte[] bytes = new byte[parts.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i], 16);
        }
        return bytes;
    }
}
