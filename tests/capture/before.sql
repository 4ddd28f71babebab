-- What a source finds when it starts: every type of MySQL and MariaDB at its edges. Run by tests/capture/run.
SET NAMES utf8mb4;
-- Zero dates, and values that only a lenient server takes.
SET sql_mode = '';
SET time_zone = '+00:00';

DROP DATABASE IF EXISTS live;
DROP DATABASE IF EXISTS helper;
CREATE DATABASE live CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE DATABASE helper;

-- Every row of a table once more under another id, so that the binary log tells the same edges as the snapshot.
DELIMITER //
CREATE PROCEDURE helper.again(name text)
BEGIN
    SELECT concat('INSERT INTO live.', name, ' (id, ', group_concat('`', column_name, '`'), ') SELECT id + 100, ',
                  group_concat('`', column_name, '`'), ' FROM live.', name, ' ORDER BY id') INTO @again
    FROM information_schema.columns
    WHERE table_schema = 'live' AND table_name = name AND column_name <> 'id';
    EXECUTE IMMEDIATE @again;
END //
DELIMITER ;

USE live;

CREATE TABLE integers (
    id int PRIMARY KEY,
    tiny tinyint, tiny_u tinyint unsigned, flag tinyint(1), flag_u tinyint(1) unsigned, yes boolean,
    small smallint, small_u smallint(5) unsigned, medium mediumint, medium_u mediumint unsigned,
    normal int(11), normal_u int unsigned, zeros int(6) zerofill, big bigint, big_u bigint unsigned,
    big_zeros bigint zerofill, bit1 bit, bit8 bit(8), bit9 bit(9), bit33 bit(33), bit64 bit(64),
    yr year, yr4 year(4) NOT NULL);
INSERT INTO integers VALUES
    (1, -128, 0, -128, 0, false, -32768, 0, -8388608, 0, -2147483648, 0, 0, -9223372036854775808, 0,
     0, b'0', b'0', b'0', b'0', b'0', 1901, 1901),
    (2, 127, 255, 127, 255, true, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 4294967295,
     9223372036854775807, 18446744073709551615, 18446744073709551615, b'1', b'11111111', b'111111111',
     b'111111111111111111111111111111111', b'1111111111111111111111111111111111111111111111111111111111111111',
     2155, 2155),
    (3, 0, 128, 0, 1, 0, 0, 32768, 0, 8388608, 0, 2147483648, 42, 0, 9223372036854775808, 42,
     b'0', b'10000000', b'100000001', b'100000000000000000000000000000010', 0x8000000000000001, 1955, 1970),
    (4, -1, 1, 1, 2, 2, -1, 1, -1, 1, -1, 1, 1, -1, 9223372036854775807, 1, b'1', b'1', b'1', b'1', b'1', 2000, 2000),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, 1999);

CREATE TABLE fractions (
    id int PRIMARY KEY,
    price decimal(8,4), `whole` decimal(6,0), money decimal(18,2) unsigned, big decimal(38,0), fine decimal(30,30),
    longest decimal(65,30), bare decimal, filled decimal(9,3) zerofill,
    f float, f_u float unsigned, f73 float(7,3), f53 float(53), d double, d_u double unsigned, d102 double(10,2), r real);
INSERT INTO fractions VALUES
    (1, -9999.9999, -999999, 0, -99999999999999999999999999999999999999, -0.999999999999999999999999999999,
     -99999999999999999999999999999999999.999999999999999999999999999999, -9999999999, 0,
     -3.40282e38, 0, -9999.5, -1.7976931348623157e308, -1.7976931348623157e308, 0, -99999999.99, -1e-300),
    (2, 9999.9999, 999999, 9999999999999999.99, 99999999999999999999999999999999999999, 0.999999999999999999999999999999,
     99999999999999999999999999999999999.999999999999999999999999999999, 9999999999, 999999.999,
     3.40282e38, 3.40282e38, 9999.5, 1.7976931348623157e308, 1.7976931348623157e308, 1.7976931348623157e308,
     99999999.99, 1e300),
    (3, 0, 0, 0.01, 0, 0.000000000000000000000000000001, 0.000000000000000000000000000001, 0, 0.001,
     1.1755e-38, 1.1, 0.001, 2.2250738585072014e-308, 2.2250738585072014e-308, 0.1, 0.01, 1e15),
    (4, 0.0001, -1, 1, 10, -0.5, -1, 1, 1, 1677720, 123456, 123.102, 123456789.123456789, 0.1, 1e22, 1.1, 123456789012345680),
    (5, -0.0001, 1, 12345.6, 9007199254740993, 0.5, 12345678901234567890.5, -1, 12.5, 0.1, 838860, -1.5, 0.1, -0.0,
     9007199254740993, -1.1, 5e-324),
    (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE times (
    id int PRIMARY KEY,
    day date, day_nn date NOT NULL,
    t time, t1 time(1), t3 time(3), t6 time(6), elapsed time(6),
    dt datetime, dt1 datetime(1), dt2 datetime(2), dt3 datetime(3), dt4 datetime(4), dt5 datetime(5), dt6 datetime(6),
    dt_nn datetime NOT NULL, dt6_nn datetime(6) NOT NULL,
    ts timestamp NULL, ts1 timestamp(1) NULL, ts2 timestamp(2) NULL, ts3 timestamp(3) NULL, ts4 timestamp(4) NULL,
    ts5 timestamp(5) NULL, ts6 timestamp(6) NULL, ts_nn timestamp NOT NULL DEFAULT '2001-02-03 04:05:06',
    ts6_nn timestamp(6) NOT NULL DEFAULT '2001-02-03 04:05:06.000007');
INSERT INTO times VALUES
    (1, '1000-01-01', '1000-01-01', '00:00:00', '00:00:00.0', '00:00:00.000', '00:00:00.000000', '-838:59:59.999999',
     '1000-01-01 00:00:00', '1000-01-01 00:00:00.1', '1000-01-01 00:00:00.01', '1000-01-01 00:00:00.001',
     '1000-01-01 00:00:00.0001', '1000-01-01 00:00:00.00001', '1000-01-01 00:00:00.000001',
     '1000-01-01 00:00:00', '1000-01-01 00:00:00.000001',
     '1970-01-01 00:00:01', '1970-01-01 00:00:01.1', '1970-01-01 00:00:01.01', '1970-01-01 00:00:01.001',
     '1970-01-01 00:00:01.0001', '1970-01-01 00:00:01.00001', '1970-01-01 00:00:01.000001',
     '1970-01-01 00:00:01', '1970-01-01 00:00:01.000001'),
    (2, '9999-12-31', '9999-12-31', '23:59:59', '23:59:59.9', '23:59:59.999', '23:59:59.999999', '838:59:59.999999',
     '9999-12-31 23:59:59', '9999-12-31 23:59:59.9', '9999-12-31 23:59:59.99', '9999-12-31 23:59:59.999',
     '9999-12-31 23:59:59.9999', '9999-12-31 23:59:59.99999', '9999-12-31 23:59:59.999999',
     '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999',
     '2038-01-19 03:14:07', '2038-01-19 03:14:07.9', '2038-01-19 03:14:07.99', '2038-01-19 03:14:07.999',
     '2038-01-19 03:14:07.9999', '2038-01-19 03:14:07.99999', '2038-01-19 03:14:07.999999',
     '2038-01-19 03:14:07', '2038-01-19 03:14:07.999999'),
    (3, '1969-12-31', '1969-12-31', '12:34:56', '12:34:56.1', '12:34:56.789', '12:34:56.000001', '-01:00:00.000001',
     '1969-12-31 23:59:59', '1969-12-31 23:59:59.9', '1969-12-31 23:59:59.99', '1969-12-31 23:59:59.999',
     '1969-12-31 23:59:59.9999', '1969-12-31 23:59:59.99999', '1969-12-31 23:59:59.999999',
     '1969-12-31 23:59:59', '1969-12-31 23:59:59.999999',
     '2024-02-29 23:30:00', '2024-03-31 02:30:00.5', '2024-03-31 02:30:00.55', '2024-10-27 02:30:00.555',
     '2024-10-27 02:30:00.5555', '2024-03-10 02:30:00.55555', '2024-11-03 01:30:00.555555',
     '1986-01-04 01:30:00', '1991-12-15 00:30:00.1'),
    (4, '1970-01-01', '1582-10-04', '00:00:01', '00:00:01.5', '01:00:00.5', '01:02:03.4', '24:00:00',
     '1582-10-15 12:00:00', '1582-10-04 12:00:00.5', '1500-02-28 12:00:00.25', '1900-03-01 00:00:00.125',
     '1900-02-28 00:00:00.125', '2000-02-29 00:00:00.125', '2024-02-29 12:34:56.1',
     '2024-03-10 02:30:00', '2024-11-03 01:30:00.5',
     '2000-01-01 00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00',
     '2000-01-01 00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00'),
    (5, NULL, '2024-02-29', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     '2024-02-29 00:00:00', '2024-02-29 00:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     '2024-02-29 00:00:00', '2024-02-29 00:00:00'),
    (6, '0001-01-01', '0999-12-31', '00:00:00', '00:00:00', '00:00:00', '00:00:00', '100:00:00',
     '0001-01-01 00:00:00', '0001-01-01 00:00:00.1', '0099-12-31 23:59:59', '0100-01-01 00:00:00', '0001-01-01 00:00:00.5',
     '0999-01-01 00:00:00', '0001-01-01 00:00:00.000001', '0001-01-01 00:00:00', '0001-01-01 00:00:00.000001',
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-02-29 00:00:00', '2024-02-29 00:00:00');

-- No point in time of any other system: MySQL's zero dates.
CREATE TABLE zeros (
    id int PRIMARY KEY,
    day date, day_nn date NOT NULL, dt datetime, dt_nn datetime NOT NULL, dt6 datetime(6), dt6_nn datetime(6) NOT NULL,
    ts timestamp NULL, ts_nn timestamp NOT NULL DEFAULT '2001-02-03 04:05:06', ts6 timestamp(6) NULL,
    ts6_nn timestamp(6) NOT NULL DEFAULT '2001-02-03 04:05:06');
INSERT INTO zeros VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00',
    '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00',
    '0000-00-00 00:00:00');

CREATE TABLE texts (
    id int PRIMARY KEY,
    c3 char(3), c10 char(10) CHARACTER SET latin1, v20 varchar(20), v0 varchar(0), v500 varchar(500),
    v_latin varchar(20) CHARACTER SET latin1, v_gbk varchar(20) CHARACTER SET gbk, v_utf8 varchar(20) CHARACTER SET utf8mb3,
    v_ucs varchar(20) CHARACTER SET ucs2, v_utf16 varchar(20) CHARACTER SET utf16,
    v_ci varchar(20) COLLATE utf8mb4_general_ci, v_bin varchar(20) CHARACTER SET latin1 COLLATE latin1_bin,
    tt tinytext, te text, mt mediumtext, lt longtext,
    e enum('', 'red', 'it''s', 'a b', '学生', 'White'), s set('a', 'b c', '学'), j json);
INSERT INTO texts VALUES
    (1, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}'),
    (2, 'abc', 'abcdefghij', '12345678901234567890', '', repeat('x', 100), 'Ärger ß €', '学生五', 'Zoë 学', 'Zoë 学', 'Zoë 学🎓',
     'MiXed', 'Ÿ', repeat('t', 100), repeat('ä', 60), '1', '2', 'it''s', 'a,b c,学', '{"b": 1, "a": [1, 2.50, "x\\"y"], "b": 2}'),
    (3, '学生五', 'Zoë', '🎓🎓 Zoë 学生', NULL, '"quotes" ''single'' `back` \\back\\slash /slash/ <&> \\n \\u0041 $1 {"a":1}',
     'a\tb', 'a\nb', 'a\r\nb', 'x01', 'x', ' lead', 'trail  ', 'a\r\nb\tc\bd\fe\Zf', '\\.', '\\N', 'NULL', 'a b', 'a', '[]'),
    (4, 'a ', 'b ', 'trailing  ', '', 'line one\nline two\rline three\r\nlast', ' ', '  ', '', 'x', 'x', '', '', '', '',
     concat(char(1 using utf8mb4), char(0x1f using utf8mb4), char(0x7f using utf8mb4), '\u2028'),
     concat(unhex('EFBFBF'), unhex('F48FBFBF'), unhex('E280A8'), unhex('C285')), '学生', 'b c', 'null'),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (6, 'é', 'é', 'é', '', 'é', 'é', 'e', 'é', 'é', 'é', 'É', 'é', 'é', 'é', 'é', 'é', 'White', 'a,b c', '"é 🎓"');

CREATE TABLE bytes (
    id int PRIMARY KEY,
    b1 binary, b16 binary(16), vb varbinary(32), tb tinyblob, bl blob, mb mediumblob, lb longblob, cb char(5) CHARACTER SET binary);
INSERT INTO bytes VALUES
    (1, '', '', '', '', '', '', '', ''),
    (2, x'FF', unhex(repeat('FF', 16)), unhex(repeat('FE', 32)), x'00', x'00FF', x'000102030405060708090A0B0C0D0E0F', x'7F80', 'ab'),
    (3, x'00', x'00112233445566778899AABBCCDDEEFF', x'0000', x'5C', x'27', x'22', x'0A0D00', x'C3A9'),
    (4, 'a', 'short', 'é🎓', '\\x00', 'ab\0', unhex(repeat('00', 8)), repeat('x', 100), x'0000000000'),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (6, x'20', x'20202020000000000000000000000000', x'2000', x'20', x'2020', x'00', x'20', x'2020');

CREATE TABLE shapes (
    id int PRIMARY KEY,
    g geometry, p point, l linestring, y polygon, mp multipoint, ml multilinestring, my multipolygon, gc geometrycollection);
INSERT INTO shapes VALUES
    (1, ST_GeomFromText('POINT(1 -1)'), ST_GeomFromText('POINT(0 0)'), ST_GeomFromText('LINESTRING(0 0,1 1,2 0.5)'),
     ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 0),(1 0.5,2 0.5,2 1,1 0.5))'), ST_GeomFromText('MULTIPOINT(0 0,1 1)'),
     ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))'), ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'),
     ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')),
    (2, ST_GeomFromText('POINT(1.5 2.5)', 4326), ST_GeomFromText('POINT(1e300 -1e-300)', 4326), NULL, NULL, NULL, NULL, NULL,
     ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- A NULL where the column has a default.
CREATE TABLE defaults (
    id int PRIMARY KEY,
    n int DEFAULT 5, big_u bigint unsigned DEFAULT 7, v varchar(10) DEFAULT 'text', price decimal(8,2) DEFAULT 1.50,
    d double DEFAULT 2.5, flag tinyint(1) DEFAULT 1, bits bit(3) DEFAULT b'101', day date DEFAULT '2024-02-29',
    dt datetime(6) DEFAULT '2024-02-29 00:00:00.000001', ts timestamp NULL DEFAULT '2024-02-29 00:00:00', t time DEFAULT '01:00:00',
    e enum('a', 'b') DEFAULT 'b', bin varbinary(4) DEFAULT 'ab', nn int NOT NULL DEFAULT 9, yr year DEFAULT 2020);
INSERT INTO defaults (id) VALUES (1);
INSERT INTO defaults VALUES
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL),
    (3, 0, 0, '', 0, 0, 0, 0, '1970-01-01', '1970-01-01', '1970-01-01 00:00:01', '00:00:00', 'a', '', 1, 1970);

-- Values that some source does not tell as they are.
CREATE TABLE hard (
    id int PRIMARY KEY, f float, t time, e enum('a,b', 'c\\,d'), yr year, dt datetime, short time(6), day date, dt6 datetime(6));
INSERT INTO hard VALUES
    (1, 16777216, '-00:30:00', 'a,b', 0, '1582-10-10 12:00:00', '-00:00:00.5', '0001-01-01', '0099-12-31 00:00:00'),
    (2, 8388609, '-01:00:00', 'c\\,d', '0000', '1582-10-04 00:00:00', '-01:00:00.5', '0000-01-01', '0000-01-01 00:00:00'),
    (3, 3.4028234e38, '-00:00:01', NULL, 1901, '1582-10-15 00:00:00', '-00:00:01', '2024-00-15', '2024-02-00 01:02:03');

-- Keys of more than one column and of other types than integers.
CREATE TABLE pairs (a int, b varchar(10), v int, PRIMARY KEY (b, a));
INSERT INTO pairs VALUES (1, 'x', 1), (1, 'X', 2), (2, 'x', 3), (2, 'é🎓', 4);
CREATE TABLE key_unsigned (id bigint unsigned PRIMARY KEY, v varchar(10));
INSERT INTO key_unsigned VALUES (0, 'zero'), (9223372036854775808, 'half'), (18446744073709551615, 'all');
CREATE TABLE key_decimal (id decimal(20,4) PRIMARY KEY, v varchar(10));
INSERT INTO key_decimal VALUES (-1.5, 'minus'), (0, 'zero'), (12345678901234.5678, 'long');
CREATE TABLE key_bytes (id varbinary(8) PRIMARY KEY, v varchar(10));
INSERT INTO key_bytes VALUES ('', 'none'), (x'00', 'nul'), (x'FF00', 'two');
CREATE TABLE key_time (id datetime(6) PRIMARY KEY, v varchar(10));
INSERT INTO key_time VALUES ('1969-12-31 23:59:59.999999', 'before'), ('2024-02-29 00:00:00.000001', 'leap');
CREATE TABLE key_stamp (id timestamp(3) PRIMARY KEY, day date, v varchar(10));
INSERT INTO key_stamp VALUES ('2024-02-29 00:00:00.001', '2024-02-29', 'leap'), ('2000-01-01 00:00:00', NULL, 'y2k');
-- MySQL's collation says 'a' = 'A', the target's does not.
CREATE TABLE key_ci (id varchar(10) COLLATE utf8mb4_general_ci PRIMARY KEY, v varchar(10));
INSERT INTO key_ci VALUES ('a', 'lower'), ('b', 'other'), ('c ', 'blank');

CREATE TABLE emptied (id int PRIMARY KEY, v varchar(10));
INSERT INTO emptied VALUES (1, 'old'), (2, 'old');
CREATE TABLE altered (id int PRIMARY KEY, narrow int, gone varchar(5), kept varchar(5));
INSERT INTO altered VALUES (1, 1, 'gone', 'kept');
CREATE TABLE renamed (id int PRIMARY KEY, v varchar(10));
INSERT INTO renamed VALUES (1, 'old');
CREATE TABLE dropped (id int PRIMARY KEY, v varchar(10));
INSERT INTO dropped VALUES (1, 'old');
CREATE TABLE dropped_too LIKE dropped;
CREATE TABLE emptied_too LIKE emptied;
INSERT INTO emptied_too VALUES (1, 'old');
CREATE TABLE `odd-学` (`the key` int PRIMARY KEY, `col "q"` varchar(10), `学生` int, `sp ace` int, `op` int, `source` int, `payload` int);
INSERT INTO `odd-学` VALUES (1, 'odd', 1, 2, 3, 4, 5);
