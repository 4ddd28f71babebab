-- What happens while the source follows. Run by tests/capture/run after the snapshot.
SET NAMES utf8mb4;
SET sql_mode = '';
SET time_zone = '+00:00';
USE live;

CALL helper.again('integers');
CALL helper.again('fractions');
CALL helper.again('times');
CALL helper.again('zeros');
CALL helper.again('texts');
CALL helper.again('bytes');
CALL helper.again('shapes');
CALL helper.again('defaults');
CALL helper.again('hard');

-- Values that change, in rows of the snapshot and of the log; to NULL and back.
UPDATE integers SET big_u = 18446744073709551614, bit64 = b'10', flag = NULL WHERE id IN (2, 103);
UPDATE integers SET yr = 2001, tiny = 5 WHERE id = 5;
UPDATE fractions SET longest = 1.5, f = 2.5, d = NULL WHERE id IN (3, 103);
UPDATE times SET dt6 = '2024-02-29 12:34:56.654321', ts6 = NULL, elapsed = '-01:00:00' WHERE id IN (3, 103);
UPDATE texts SET v500 = 'changed "quote" \\ 🎓', j = '{"changed": true}' WHERE id IN (2, 103);
UPDATE bytes SET bl = x'FF00', lb = NULL WHERE id IN (2, 103);
UPDATE shapes SET g = ST_GeomFromText('LINESTRING(0 0,1 1)', 3857) WHERE id = 3;
DELETE FROM integers WHERE id IN (1, 101);

-- A key that changes: alone, with values, in a chain, and two that change places.
UPDATE integers SET id = 1000 WHERE id = 3;
UPDATE pairs SET a = 10, v = 10 WHERE a = 1 AND b = 'x';
UPDATE pairs SET b = 'y' WHERE a = 2 AND b = 'x';
UPDATE pairs SET a = a + 100 ORDER BY a DESC;
DELETE FROM pairs WHERE b = 'X';
INSERT INTO pairs VALUES (101, 'X', 99);
UPDATE key_unsigned SET id = 18446744073709551614 WHERE id = 18446744073709551615;
DELETE FROM key_unsigned WHERE id = 9223372036854775808;
INSERT INTO key_unsigned VALUES (9223372036854775809, 'more');
UPDATE key_decimal SET id = 0.0001 WHERE id = 0;
DELETE FROM key_decimal WHERE id = -1.5;
UPDATE key_bytes SET id = x'0000' WHERE id = x'00';
DELETE FROM key_bytes WHERE id = '';
UPDATE key_time SET id = '2024-02-29 00:00:00.000002' WHERE v = 'leap';
DELETE FROM key_time WHERE v = 'before';
UPDATE key_stamp SET id = '2024-02-29 00:00:00.002' WHERE v = 'leap';
DELETE FROM key_stamp WHERE v = 'y2k';
UPDATE key_ci SET id = 'A' WHERE id = 'a';
UPDATE key_ci SET id = 'B', v = 'moved' WHERE id = 'b';
REPLACE INTO key_ci VALUES ('C', 'replaced');
START TRANSACTION;
UPDATE key_time SET id = '2024-02-29 00:00:00' WHERE v = 'leap';
INSERT INTO key_time VALUES ('2024-02-29 00:00:00.000002', 'again');
DELETE FROM key_time WHERE v = 'leap';
COMMIT;
INSERT INTO pairs VALUES (110, 'x', 7) ON DUPLICATE KEY UPDATE v = 77;

-- Definitions that change.
INSERT INTO emptied VALUES (3, 'old');
TRUNCATE TABLE emptied;
INSERT INTO emptied VALUES (1, 'new');
truncate /* all of it */ emptied_too;
ALTER TABLE altered ADD COLUMN added decimal(10,2) NULL AFTER narrow, ADD COLUMN last datetime(3) NULL;
INSERT INTO altered VALUES (2, 2, 1.25, 'gone', 'kept', '2024-02-29 00:00:00.125');
ALTER TABLE altered MODIFY narrow bigint unsigned NULL, DROP COLUMN gone;
INSERT INTO altered VALUES (3, 18446744073709551615, 2.50, 'kept', NULL);
ALTER TABLE altered CHANGE kept kept2 varchar(50) NULL, COMMENT = 'it''s "altered"';
UPDATE altered SET kept2 = 'longer than before' WHERE id = 1;
ALTER TABLE altered MODIFY last datetime(6) NULL;
INSERT INTO altered VALUES (4, 4, 3.75, 'six', '2024-02-29 00:00:00.123456');
ALTER TABLE altered MODIFY last datetime NULL, MODIFY kept2 text NULL;
INSERT INTO altered VALUES (5, 5, 4, 'none', '2024-02-29 00:00:01');
CREATE INDEX by_added ON altered (added);
RENAME TABLE renamed TO renamed2;
INSERT INTO renamed2 VALUES (2, 'new');
DROP TABLE dropped, dropped_too;
DROP TABLE IF EXISTS never_there;
CREATE TABLE created (id int PRIMARY KEY AUTO_INCREMENT, at datetime(6) NOT NULL, price decimal(20,4) unsigned DEFAULT 1.5,
    n tinyint(1) NOT NULL DEFAULT 1, e enum('a','b,c') DEFAULT 'a', txt text CHARACTER SET latin1, big bigint(20) unsigned,
    UNIQUE KEY (at));
INSERT INTO created (at, txt) VALUES ('2024-02-29 00:00:00.000001', 'Zoë');
CREATE TABLE created_like LIKE pairs;
INSERT INTO created_like VALUES (1, 'like', 1);
CREATE TABLE created_as (PRIMARY KEY (id)) AS SELECT id, v FROM emptied;
INSERT INTO created_as VALUES (7, 'as');
CREATE VIEW a_view AS SELECT 1 AS one;
INSERT INTO `odd-学` VALUES (2, 'odd\\"', 1, 2, 3, 4, 5);
UPDATE `odd-学` SET `the key` = 20 WHERE `the key` = 2;

-- The capture ends when it sees this.
INSERT INTO emptied VALUES (9, 'the end');
