package com.pieclouddb.flink.it;

/** A table with a column of every type that Flink CDC reads, in the spellings of MariaDB. */
final class WatchedTypes {

    static final String TABLE = "CREATE TABLE {db}.types (id INT PRIMARY KEY, c_tinyint TINYINT, c_tinyint_u TINYINT"
        + " UNSIGNED, c_small SMALLINT, c_small_u SMALLINT UNSIGNED, c_medium MEDIUMINT, c_medium_u MEDIUMINT"
        + " UNSIGNED, c_int INT, c_int_u INT UNSIGNED, c_integer INTEGER, c_big BIGINT, c_big_u BIGINT UNSIGNED,"
        + " c_fill INT UNSIGNED ZEROFILL, c_int1 INT1, c_int2 INT2, c_int3 INT3, c_int4 INT4, c_int8 INT8, c_bool"
        + " BOOLEAN, c_float FLOAT, c_float_p FLOAT(30), c_float_d FLOAT(7,3), c_double DOUBLE, c_double_d"
        + " DOUBLE(10,2), c_precision DOUBLE PRECISION, c_real REAL, c_decimal DECIMAL, c_decimal_p DECIMAL(12),"
        + " c_decimal_s DECIMAL(65,30), c_numeric NUMERIC(4,2) UNSIGNED, c_dec DEC(5), c_fixed FIXED(5,1), c_bit BIT,"
        + " c_bit8 BIT(8), c_bit9 BIT(9), c_bit64 BIT(64), c_date DATE, c_time TIME, c_time3 TIME(3), c_datetime"
        + " DATETIME, c_datetime6 DATETIME(6), c_timestamp TIMESTAMP NULL, c_timestamp3 TIMESTAMP(3) NULL,"
        + " c_timestamp_n TIMESTAMP, c_year YEAR, c_char CHAR, c_char5 CHAR(5), c_char255 CHAR(255), c_char_l"
        + " CHAR(200) CHARACTER SET latin1, c_character CHARACTER(3), c_nchar NCHAR(3), c_varchar VARCHAR(20),"
        + " c_varchar_l VARCHAR(300) CHARACTER SET latin1, c_varchar_g VARCHAR(20) CHARACTER SET gbk, c_varchar_8"
        + " VARCHAR(20) CHARACTER SET utf8, c_varchar_16 VARCHAR(20) CHARACTER SET utf16, c_nvarchar NATIONAL"
        + " VARCHAR(5), c_varying CHARACTER VARYING(5), c_binary BINARY, c_binary16 BINARY(16), c_binary255"
        + " BINARY(255), c_varbinary VARBINARY(300), c_tinytext TINYTEXT, c_text TEXT, c_text_l TEXT(70000), c_text_s"
        + " TEXT(20), c_mediumtext MEDIUMTEXT, c_longtext LONGTEXT, c_tinyblob TINYBLOB, c_blob BLOB, c_blob_s"
        + " BLOB(100), c_mediumblob MEDIUMBLOB, c_longblob LONGBLOB, c_long LONG, c_long_varchar LONG VARCHAR,"
        + " c_long_varbinary LONG VARBINARY, c_enum ENUM('a','b','it''s'), c_set"
        + " SET('a','b','c','d','e','f','g','h','i'), c_json JSON, c_virtual INT AS (id + 1) VIRTUAL, c_stored INT AS"
        + " (id + 1) STORED, c_not_null INT NOT NULL DEFAULT 1)";

    private WatchedTypes() {}
}
