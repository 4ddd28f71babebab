-- The shop's rows before the job starts: made, not random, so each run has the same. @orders says how many orders; all else
-- follows from it (about seven rows an order).
SET NAMES utf8mb4;
SET sql_mode = 'NO_UNSIGNED_SUBTRACTION', time_zone = '+00:00';
USE shop;
SET @customers = greatest(@orders div 4, 10), @products = greatest(@orders div 20, 10), @start = timestamp '2024-01-01 00:00:00';
SET unique_checks = 0;

INSERT INTO currencies VALUES ('EUR', 'Euro €', 2), ('USD', 'US Dollar', 2), ('JPY', '日本円', 0), ('KWD', 'دينار كويتي', 3);
INSERT INTO exchange_rates SELECT b.code, q.code, '2024-01-01' + INTERVAL seq DAY, round(1 + seq / 7, 8)
    FROM currencies b JOIN currencies q ON b.code <> q.code JOIN seq_0_to_99;
INSERT INTO countries VALUES ('DE', 'Deutschland', b'1'), ('AT', 'Österreich', b'1'), ('JP', '日本', b'0'), ('CN', '中国', b'0');
INSERT INTO regions SELECT code, concat('R', seq), concat(name, ' ', seq) FROM countries JOIN seq_1_to_16;

INSERT INTO customers (id, email, name, tier, interests, birthday, flags, newsletter, credit, preferences, since, created, updated)
SELECT seq, concat('Kunde', seq, '@example.com'), concat(elt(1 + seq % 4, 'Zoë', '学生', 'O''Brien', 'José 🎓'), ' ', seq), 1 + seq % 4, seq % 16,
    CASE seq % 5 WHEN 0 THEN NULL WHEN 1 THEN '0000-00-00' ELSE '1950-02-28' + INTERVAL seq % 20000 DAY END,
    seq % 4096, seq % 3 = 0, nullif(seq % 1000, 7) / 8, if(seq % 6, json_object('seq', seq, 'note', 'tab\there "quoted"'), NULL), 1901 + seq % 250,
    @start + INTERVAL seq * 1001 * 1000 MICROSECOND, if(seq % 4, @start + INTERVAL seq * 1234567 MICROSECOND, NULL)
FROM seq_1_to_1000000 WHERE seq <= @customers;
INSERT INTO customer_notes SELECT seq, seq % 8388608, concat('line one\nline two\ttab \\ back\\slash ', seq, elt(1 + seq % 3, '', '\r\n', ' trailing  '))
    FROM seq_1_to_1000000 WHERE seq <= @customers div 3;
INSERT INTO addresses SELECT seq, kind, 1, concat('Straße ', seq), lpad(seq % 99999, 5, '0'), elt(1 + seq % 3, 'München', '東京', 'Wien'),
    elt(1 + seq % 3, 'DE', 'JP', 'AT'), '2000-01-01' + INTERVAL seq % 9000 DAY
    FROM seq_1_to_1000000 JOIN (SELECT 'billing' kind UNION SELECT 'shipping') kinds WHERE seq <= @customers;
INSERT INTO logins SELECT 1 + seq % @customers, @start + INTERVAL seq * 999983 MICROSECOND, unhex(lpad(hex(seq), if(seq % 2, 8, 32), '0')), 'Mozilla/5.0'
    FROM seq_1_to_1000000 WHERE seq <= @orders div 2;

INSERT INTO suppliers SELECT seq, concat('VAT', seq), concat('Großhandel ', seq), seq / 8, 1950 + seq % 70, maketime(seq % 24, seq % 60, 0), seq * 1.1e10
    FROM seq_1_to_200;
INSERT INTO warehouses SELECT concat('W', seq), concat('Lager ', seq), point(seq / 4, -seq), maketime(6, seq, 0), maketime(22, seq, 59.875) FROM seq_1_to_4;
INSERT INTO categories SELECT seq, nullif(seq div 10, 0), concat('Kategorie ', seq), -seq FROM seq_1_to_300;
INSERT INTO products SELECT concat('SKU-', lpad(seq, 7, '0')), concat('Produkt ', seq), repeat('Ein Satz über das Produkt. ', seq % 10), seq * 1.2345, seq / 3, seq / 8,
    if(seq % 3, unhex(repeat(lpad(hex(seq), 8, '0'), 40)), NULL), json_object('colour', elt(1 + seq % 3, 'rot', '赤', '🔴'), 'sizes', json_array(1, 2.50, NULL)),
    4000000000000 + seq, if(seq % 9, @start - INTERVAL seq HOUR, NULL), nullif(seq % 3, 2)
FROM seq_1_to_1000000 WHERE seq <= @products;
INSERT INTO product_translations SELECT sku, lang, concat(name, ' ', lang), description FROM products JOIN (SELECT 'de' lang UNION SELECT 'ja-JP') langs;
INSERT INTO product_prices SELECT sku, @start + INTERVAL seq * 86400125 * 1000 MICROSECOND, price * seq FROM products JOIN seq_1_to_3;
INSERT INTO product_categories SELECT 1 + (seq + crc32(sku)) % 300, sku FROM products JOIN seq_1_to_3;
INSERT INTO supplier_products SELECT 1 + crc32(sku) % 200, sku, price * 0.7, crc32(sku) % 60 FROM products;
INSERT INTO stock SELECT code, sku, crc32(concat(code, sku)) % 1000 - 10, crc32(sku) % 5, if(crc32(sku) % 7, @start + INTERVAL crc32(sku) MICROSECOND, NULL)
    FROM products JOIN warehouses;
INSERT INTO stock_movements SELECT seq, concat('W', 1 + seq % 4), concat('SKU-', lpad(1 + seq % @products, 7, '0')), seq % 200 - 100, 1 + seq % 4,
    @start + INTERVAL seq * 7654321 MICROSECOND FROM seq_1_to_10000000 WHERE seq <= @orders;
INSERT INTO purchase_orders SELECT seq, 1 + seq % 200, '2024-01-01' + INTERVAL seq % 300 DAY, NULL, if(seq % 2, NULL, 'eilig')
    FROM seq_1_to_1000000 WHERE seq <= @orders div 40;
INSERT INTO purchase_order_lines SELECT id, seq, concat('SKU-', lpad(1 + (id * 7 + seq) % @products, 7, '0')), seq * 10, seq / 7 FROM purchase_orders JOIN seq_1_to_4;

INSERT INTO orders SELECT seq, 1 + seq % @customers, 1 + seq % 5, @start + INTERVAL seq * 61007 * 1000 MICROSECOND, elt(1 + seq % 2, 'EUR', 'JPY'), seq % 100000 / 100,
    if(seq % 50, NULL, concat('GIFT', seq % 500)), if(seq % 3, seq % 2, NULL), if(seq % 10, '', 'Bitte als Geschenk verpacken 🎁')
FROM seq_1_to_10000000 WHERE seq <= @orders;
INSERT INTO order_lines (order_id, line, sku, quantity, price, discount)
SELECT o.seq, l.seq, concat('SKU-', lpad(1 + (o.seq * 3 + l.seq) % @products, 7, '0')), 1 + o.seq % 9, l.seq * 1.2345, if(l.seq % 2, l.seq / 3, NULL)
FROM seq_1_to_10000000 o JOIN seq_1_to_2 l WHERE o.seq <= @orders;
INSERT INTO order_history SELECT id, placed, status, 'shop' FROM orders;
INSERT INTO payments SELECT unhex(md5(id)), id, 1 + id % 3, total, if(id % 8, placed + INTERVAL id MICROSECOND, NULL), if(id % 2, placed + INTERVAL 1 DAY, NULL), unhex(sha1(id))
    FROM orders WHERE status <> 'new';
INSERT INTO refunds SELECT id, 1, amount / 2, 'kaputt' FROM payments WHERE order_id % 100 = 0;
INSERT INTO carriers VALUES ('dhl', 'DHL', 'https://example.com/?id=%s&x=1'), ('UPS', 'UPS', NULL), ('佐川', '佐川急便', '');
INSERT INTO shipments SELECT id, id, elt(1 + id % 3, 'dhl', 'UPS', '佐川'), placed + INTERVAL 2 DAY, sec_to_time(id % 86400), id % 900 / 7
    FROM orders WHERE status IN ('shipped', 'returned');
INSERT INTO shipment_items SELECT order_id, line, quantity FROM order_lines WHERE line = 1 AND order_id IN (SELECT id FROM shipments);
INSERT INTO returns SELECT id, id, placed + INTERVAL 100 HOUR, 1 + id % 15 FROM orders WHERE status = 'returned' AND id % 2;
INSERT INTO return_items SELECT id, 1, 'geprüft' FROM returns;

INSERT INTO coupons SELECT concat('GIFT', seq), seq % 100 / 4, if(seq % 3, '2025-12-31', '0000-00-00'), seq FROM seq_0_to_499;
INSERT INTO carts SELECT concat(substr(md5(seq), 1, 8), '-', substr(md5(seq), 9, 4), '-4000-8000-', substr(md5(seq), 21)), if(seq % 3, seq, NULL), @start + INTERVAL seq MICROSECOND
    FROM seq_1_to_1000000 WHERE seq <= @orders div 10;
INSERT INTO cart_items SELECT id, concat('SKU-', lpad(1 + crc32(id) % @products, 7, '0')), 1 + crc32(id) % 255 FROM carts;
INSERT INTO reviews SELECT concat('SKU-', lpad(1 + seq % @products, 7, '0')), seq, seq % 11 - 5, if(seq % 4, repeat('Gut! 👍 ', seq % 20), NULL)
    FROM seq_1_to_1000000 WHERE seq <= @customers;
INSERT INTO audit_log SELECT @start + INTERVAL seq div 10 SECOND, ~seq, if(seq % 2, 'system', ''), repeat('x', seq % 300), unhex(if(seq % 5, hex(seq), '00'))
    FROM seq_1_to_1000000 WHERE seq <= @orders div 4;

INSERT INTO `order` SELECT seq, '2024-02-29' + INTERVAL seq DAY, concat('user', seq), -seq, seq * 1000 FROM seq_1_to_50;
INSERT INTO `Price$History` SELECT sku, date(valid_from), least(price, 99999999), 'c', 'shop' FROM product_prices;
INSERT INTO `学生_客户` SELECT seq, concat('学生', seq), seq / 100 FROM seq_1_to_50;
INSERT INTO `2024-archive` SELECT seq, concat('b ', seq), seq, -seq, NULL, seq FROM seq_1_to_50;
INSERT INTO a_name_of_sixty_three_bytes_which_is_all_that_a_target_can_keep SELECT seq, seq FROM seq_1_to_50;
INSERT INTO settings VALUES ('null', NULL), ('null as text', 'NULL'), ('\\N', '\\N'), ('empty', ''), ('blank ', ' '), ('tab', '\t'), ('Zoë', '"quotes" ''and'' $1 {"a": 1}');
INSERT INTO import_lines (line) VALUES ('one'), ('two');
INSERT INTO tmp_import VALUES (1, 'not wanted');
