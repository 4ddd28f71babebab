package com.pieclouddb.flink.it;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Tables whose keys begin with a column of every type that a key may have and of many collations, each with keys that
 * the type's own order shuffles: upper and lower case, signs, blanks at the end, fractions, bytes above 127.
 */
enum ChunkKeys {
    TINYINT_1("tinyint(1)", "seq % 200 - 100"),
    TINYINT("tinyint", "seq % 200 - 100"),
    SMALLINT("smallint unsigned", "seq * 7 % 65000"),
    MEDIUMINT("mediumint zerofill", "seq * 77 % 65000"),
    INT("int", "(seq - 300) * 7919 % 100003"),
    NAMED("int", "(seq - 300) * 7919 % 100003") {
        @Override
        String column() {
            return "`编号`";
        }
    },
    BIGINT("bigint unsigned", "9223372036854775807 - seq * 7919"),
    DECIMAL("decimal(20,4)", "(seq - 300) * 10007 % 30011 / 8"),
    DOUBLE("double", "(seq - 300) * 10007 % 30011 / 7e20"),
    BIT_1("bit(1)", "seq % 2"),
    YEAR("year", "1901 + seq * 7 % 250"),
    DATE("date", "'1890-01-01' + INTERVAL seq * 791 % 90000 DAY"),
    TIME("time(3)", "sec_to_time(seq * 7919 % 345600 / 4)"),
    DATETIME(
            "datetime(6)",
            "'1950-01-01' + INTERVAL seq * 7919 * 1000003 % 3155760000 SECOND + INTERVAL seq MICROSECOND"),
    TIMESTAMP("timestamp(3)", "'1990-01-01' + INTERVAL seq * 7919 * 1003 % 1000000000 SECOND"),
    CHAR_UUID("char(36)", "insert(insert(md5(seq), 9, 0, '-'), 14, 0, '-')"),
    GENERAL_CI("varchar(40) COLLATE utf8mb4_general_ci", Text.MIXED),
    UNICODE_CI("varchar(40) COLLATE utf8mb4_unicode_ci", Text.MIXED),
    UNICODE_520_CI("varchar(40) COLLATE utf8mb4_unicode_520_ci", Text.MIXED),
    NOPAD_CI("varchar(40) COLLATE utf8mb4_general_nopad_ci", Text.MIXED),
    BIN("varchar(40) COLLATE utf8mb4_bin", Text.MIXED),
    NOPAD_BIN("varchar(40) COLLATE utf8mb4_nopad_bin", Text.MIXED),
    SPANISH_CI("varchar(40) COLLATE utf8mb4_spanish2_ci", Text.MIXED),
    UTF8MB3_CI("varchar(40) COLLATE utf8mb3_general_ci", Text.BASIC),
    LATIN1_SWEDISH("varchar(40) COLLATE latin1_swedish_ci", Text.LATIN),
    LATIN1_GERMAN("char(40) COLLATE latin1_german2_ci", Text.LATIN),
    LATIN1_BIN("varchar(40) COLLATE latin1_bin", Text.LATIN),
    UCS2("varchar(40) COLLATE ucs2_general_ci", Text.BASIC),
    ENUM("enum('b','A','ß','a2','Z','','10','9')", "1 + seq % 8"),
    SET("set('b','A','Z','10','9')", "seq % 32"),
    BINARY("binary(16)", "unhex(md5(seq))"),
    VARBINARY("varbinary(20)", "left(unhex(md5(seq)), 1 + seq % 16)");

    /**
     * Texts that collations order differently: case, accents, blanks and tabs at the end, letters above the first
     * plane.
     */
    private static final class Text {
        static final String REST = "), char(97 + seq * 31 % 26 using latin1), "
                + "if(seq % 2, upper(hex(seq)), lower(hex(seq))), elt(1 + seq % 4, '', ' ', '\\t', 'x'))";
        static final String LATIN = "concat(elt(1 + seq % 7, 'a', 'B', 'ä', 'Ö', 'z', 'Z', 'ß'" + REST;
        static final String BASIC = "concat(elt(1 + seq % 8, 'a', 'B', 'ä', 'Ö', 'z', 'Z', 'ß', '～'" + REST;
        static final String MIXED = "concat(elt(1 + seq % 9, 'a', 'B', 'ä', 'Ö', 'z', 'Z', 'ß', '～', '😀'" + REST;

        private Text() {}
    }

    private final String type;
    private final String key;

    ChunkKeys(String type, String key) {
        this.type = type;
        this.key = key;
    }

    /** Half of them, the other half of which the other line of Flink CDC has. */
    static List<ChunkKeys> ofThisLine() {
        return Arrays.stream(values())
                .filter(key -> (key.ordinal() % 2 == 0) == FollowedDatabase.IS_2_4)
                .collect(Collectors.toList());
    }

    /** A table's name for it. */
    String table() {
        return "k_" + name().toLowerCase(Locale.ROOT);
    }

    /** The name of the key's first column, quoted. */
    String column() {
        return "k";
    }

    /** Makes the table and fills it, and the one outside of the followed database that keeps its keys. */
    List<String> create(String database, String keys, int rows) {
        List<String> statements = new ArrayList<>();
        // Where seq_1_to_N are.
        statements.add("USE " + keys);
        statements.add("CREATE TABLE " + keys + "." + table() + " (n int PRIMARY KEY, k " + type + " NOT NULL)");
        statements.add("INSERT INTO " + keys + "." + table() + " SELECT seq, " + key
                + " FROM (SELECT CAST(seq AS SIGNED) seq FROM seq_1_to_" + rows + ") numbers");
        statements.add("CREATE TABLE " + database + "." + table() + " (" + column() + " " + type
                + " NOT NULL, n int NOT NULL, v int NOT NULL, " + "PRIMARY KEY (" + column() + ", n), KEY (n))");
        statements.add("INSERT INTO " + database + "." + table() + " SELECT k, n, 0 FROM " + keys + "." + table());
        return statements;
    }
}
