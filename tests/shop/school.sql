-- The source of ./demo pipeline: tables with keys and types of several kinds.
CREATE DATABASE school CHARACTER SET utf8mb4;
USE school;
CREATE TABLE student (id INT PRIMARY KEY, name VARCHAR(32) NOT NULL, score INT, born DATE, seen DATETIME);
CREATE TABLE course (code CHAR(4), term SMALLINT, title TEXT, fee DECIMAL(10,2), seats TINYINT, PRIMARY KEY (code, term));
CREATE TABLE mark (id BIGINT PRIMARY KEY, student INT, code CHAR(4), points SMALLINT, weight DOUBLE, given DATETIME(6), paper VARBINARY(20));
INSERT INTO student SELECT seq, concat('student ', seq, ' 学生'), seq % 100, '2001-02-03' + INTERVAL seq % 900 DAY, '2024-05-06 07:08:09' + INTERVAL seq MINUTE FROM seq_1_to_20000;
INSERT INTO course SELECT concat('c', seq % 100 + 100), seq DIV 100, concat('title\n', seq), seq * 1.25, seq % 2 FROM seq_1_to_500;
INSERT INTO mark SELECT seq, seq % 20000 + 1, concat('c', seq % 100 + 100), seq % 20, seq / 7, '2024-05-06 07:08:09.123456' + INTERVAL seq SECOND, unhex(hex(seq)) FROM seq_1_to_40000;
