-- One round of work in the shop while the job runs; @round tells it from the others. Inserts, updates, deletes, keys that change,
-- values that only the log brings, and a table that is new.
SET NAMES utf8mb4;
SET sql_mode = 'NO_UNSIGNED_SUBTRACTION', time_zone = '+00:00';
USE shop;
SET @first = 100000000 * @round, @at = timestamp '2025-01-01 00:00:00' + INTERVAL @round DAY;

-- New orders, each a transaction over several tables.
DELIMITER //
FOR n IN 1..20 DO
    START TRANSACTION;
    INSERT INTO orders VALUES (@first + n, n, 'new', @at, 'EUR', n / 4, NULL, 1, '新しい注文');
    INSERT INTO order_lines (order_id, line, sku, quantity, price) VALUES (@first + n, 1, 'SKU-0000001', n, 1.5), (@first + n, 65535, 'SKU-0000002', 16777215, 9999999999.9999);
    UPDATE stock SET quantity = quantity - n, counted = @at WHERE sku = 'SKU-0000001';
    INSERT INTO payments VALUES (unhex(md5(@first + n)), @first + n, 'card', n, @at + INTERVAL 1 MICROSECOND, NULL, '');
    COMMIT;
END FOR//
DELIMITER ;

-- Many rows by one statement, and the same row many times.
UPDATE orders SET status = 'shipped', message = NULL WHERE id % 10 = @round % 10;
UPDATE customers SET updated = @at, credit = NULL, tier = '白金', interests = 'books,tools', flags = b'101', preferences = '{"a": null}' WHERE id % 7 = @round % 7;
UPDATE customers SET birthday = '0000-00-00', newsletter = NOT newsletter, since = 2155 WHERE id % 11 = 1;
UPDATE products SET picture = repeat(char(@round % 256), 3000), price = price * 1.5, weight = -0.1, discontinued = NULL WHERE sku LIKE '%5';
UPDATE coupons SET used = used + 1 WHERE code = 'GIFT1';
UPDATE coupons SET used = used + 1 WHERE code = 'GIFT1';
UPDATE settings SET value = concat('round ', @round) WHERE name = 'empty';
DELETE FROM carts WHERE crc32(id) % 4 = @round % 4;
DELETE FROM cart_items WHERE cart_id NOT IN (SELECT id FROM carts);
DELETE FROM order_history WHERE order_id % 9 = @round % 9;
DELETE FROM product_categories WHERE category % 13 = @round % 13;
INSERT INTO product_categories SELECT 1000 * @round + seq, 'SKU-0000001' FROM seq_1_to_20;
INSERT INTO logins SELECT seq, @at + INTERVAL seq MICROSECOND, '', NULL FROM seq_1_to_200;
INSERT INTO audit_log VALUES (@at, @round, 'round', repeat('学', 100000), repeat(unhex('00FF5C0A'), 100000));
INSERT INTO warehouses VALUES (concat('N', @round), 'neu', point(0.1, 1e10), '23:59:59', '23:59:59.999');

-- Keys that change: text, a part of a composite key, bytes, letters of another case, two that change places.
UPDATE reviews SET sku = concat('MOVED-', @round, '-', customer_id) WHERE customer_id % 40 = @round % 40;
UPDATE addresses SET kind = 'shipping', no = no + @round WHERE kind = 'billing' AND customer_id % 50 = @round % 50;
UPDATE refunds SET payment_id = unhex(md5(concat('moved', @round))) LIMIT 1;
UPDATE carriers SET code = if(binary code = 'ups', 'UPS', 'ups') WHERE code = 'UPS';
START TRANSACTION;
UPDATE `order` SET `select` = -1 WHERE `select` = 1;
UPDATE `order` SET `select` = 1, `end` = `end` + 1 WHERE `select` = 2;
UPDATE `order` SET `select` = 2 WHERE `select` = -1;
COMMIT;
REPLACE INTO settings VALUES ('ZOË', concat('replaced in round ', @round));
INSERT INTO settings VALUES ('empty', 'not kept') ON DUPLICATE KEY UPDATE value = concat(value, ', twice');
START TRANSACTION;
INSERT INTO never_filled VALUES (1, 'never there');
ROLLBACK;
INSERT INTO never_filled VALUES (2, 'there');
DELETE FROM never_filled;

-- Odd names in the log.
UPDATE `Price$History` SET `$price` = @round, `op` = 'u' WHERE `SKU` LIKE '%1';
UPDATE `学生_客户` SET `姓名` = concat('新', @round), `größe` = NULL WHERE `编号` % 2;
UPDATE `2024-archive` SET `with blank` = NULL, `say "x"` = @round, `before` = 1 WHERE `1st` < 10;
UPDATE a_name_of_sixty_three_bytes_which_is_all_that_a_target_can_keep SET another_name_of_sixty_three_bytes_which_is_also_all_it_can_keep = NULL;
INSERT INTO tmp_import VALUES (1000 + @round, 'not wanted');
INSERT INTO import_lines (line) VALUES ('not wanted');

-- A table that the job has never heard of.
EXECUTE IMMEDIATE concat('CREATE TABLE `New.', @round, '` (`Key` varchar(20), `no` int unsigned, `at` timestamp(3) NULL, `price` decimal(30,10), `kind` enum(''x'', ''y''),
    `raw` varbinary(9), PRIMARY KEY (`no`, `Key`))');
EXECUTE IMMEDIATE concat('INSERT INTO `New.', @round, '` SELECT concat(''k'', seq % 7), 4294967295 - seq, if(seq % 2, @at, NULL), seq / 3, 1 + seq % 2, unhex(hex(seq)) FROM seq_1_to_300');
EXECUTE IMMEDIATE concat('UPDATE `New.', @round, '` SET `Key` = ''moved'', price = NULL WHERE `no` % 3 = 0');
EXECUTE IMMEDIATE concat('DELETE FROM `New.', @round, '` WHERE `no` % 5 = 0');
