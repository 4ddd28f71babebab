-- A shop that takes, pays, ships and takes back orders: the source of ./demo database.
-- Names that need quotes or break rules, keys of every kind, types that do not exist elsewhere. Beside 42 tables with a
-- key a view and a table without one, which the job leaves out.
SET NAMES utf8mb4;
CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE shop;

CREATE TABLE currencies (code char(3) PRIMARY KEY, name varchar(40) NOT NULL, minor_digits tinyint unsigned NOT NULL);
CREATE TABLE exchange_rates (base char(3), quote char(3), day date, rate decimal(18,8) NOT NULL, PRIMARY KEY (base, quote, day));
CREATE TABLE countries (code char(2) PRIMARY KEY, name varchar(80) NOT NULL COMMENT 'in the country''s own words', eu bit NOT NULL);
CREATE TABLE regions (country char(2), code varchar(8), name varchar(80), PRIMARY KEY (country, code));

CREATE TABLE customers (
    id bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) COLLATE utf8mb4_general_ci NOT NULL UNIQUE,
    name varchar(80) NOT NULL,
    tier enum('none', 'silver', 'gold', '白金') NOT NULL DEFAULT 'none',
    interests set('books', 'music', 'garden', 'tools'),
    birthday date COMMENT 'often not known: 0000-00-00',
    flags bit(12) NOT NULL DEFAULT b'0',
    newsletter boolean NOT NULL DEFAULT true,
    credit decimal(12,2) DEFAULT 100.00,
    preferences json,
    since year NOT NULL,
    created timestamp(3) NOT NULL DEFAULT current_timestamp(3),
    updated datetime(6)
) COMMENT 'who buys; "quoted", 学生';
CREATE TABLE customer_notes (customer_id bigint unsigned, no mediumint unsigned, note text, PRIMARY KEY (customer_id, no));
CREATE TABLE addresses (
    customer_id bigint unsigned, kind enum('billing', 'shipping'), no tinyint unsigned,
    street varchar(120), zip varchar(12), city varchar(80), country char(2), valid_from date, PRIMARY KEY (customer_id, kind, no));
CREATE TABLE logins (customer_id bigint unsigned, at timestamp(6), ip varbinary(16) NOT NULL, agent tinytext, PRIMARY KEY (customer_id, at));

CREATE TABLE suppliers (
    id smallint unsigned PRIMARY KEY, vat varchar(20) CHARACTER SET latin1, name varchar(80), rating float, founded year, opens time, turnover double);
CREATE TABLE warehouses (code varchar(8) PRIMARY KEY, name varchar(40), place point NOT NULL, opens time NOT NULL, closes time(3) NOT NULL);
CREATE TABLE categories (id int PRIMARY KEY, parent int, name varchar(80) NOT NULL, sort_key mediumint NOT NULL DEFAULT 0);
CREATE TABLE products (
    sku varchar(40) PRIMARY KEY, name varchar(120) NOT NULL, description text, price decimal(14,4) unsigned NOT NULL, weight double,
    size float(7,3), picture mediumblob, attributes json, ean bigint zerofill, released datetime, discontinued tinyint(1));
CREATE TABLE product_translations (sku varchar(40), lang varchar(5), title varchar(200), body mediumtext, PRIMARY KEY (sku, lang));
CREATE TABLE product_prices (sku varchar(40), valid_from datetime(3), price decimal(14,4) NOT NULL, PRIMARY KEY (sku, valid_from));
-- Nothing but a key.
CREATE TABLE product_categories (category int, sku varchar(40), PRIMARY KEY (category, sku));
CREATE TABLE supplier_products (supplier smallint unsigned, sku varchar(40), cost decimal(20,6), lead_days smallint, PRIMARY KEY (supplier, sku));

CREATE TABLE stock (
    warehouse varchar(8), sku varchar(40), quantity int NOT NULL, reserved int unsigned NOT NULL DEFAULT 0, counted datetime(6),
    PRIMARY KEY (warehouse, sku));
CREATE TABLE stock_movements (
    id bigint AUTO_INCREMENT PRIMARY KEY, warehouse varchar(8), sku varchar(40), delta smallint, reason enum('sale', 'return', 'count', 'loss'),
    at datetime(6));
CREATE TABLE purchase_orders (id int unsigned PRIMARY KEY, supplier smallint unsigned, ordered date, expected date, note varchar(200));
CREATE TABLE purchase_order_lines (purchase_order int unsigned, line smallint unsigned, sku varchar(40), quantity mediumint, cost decimal(20,6),
    PRIMARY KEY (purchase_order, line));

CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint unsigned NOT NULL, status enum('new', 'paid', 'shipped', 'returned', 'cancelled') NOT NULL,
    placed datetime(3) NOT NULL, currency char(3) NOT NULL, total decimal(14,2) NOT NULL, coupon varchar(20), gift tinyint(1), message varchar(500));
CREATE TABLE order_lines (
    order_id bigint, line smallint unsigned, sku varchar(40) NOT NULL, quantity mediumint unsigned NOT NULL, price decimal(14,4) NOT NULL,
    discount double, amount decimal(24,4) AS (quantity * price) STORED, PRIMARY KEY (order_id, line));
CREATE TABLE order_history (order_id bigint, at datetime(6), status varchar(12), who varchar(40), PRIMARY KEY (order_id, at));
CREATE TABLE payments (
    id binary(16) PRIMARY KEY, order_id bigint NOT NULL, method enum('card', 'transfer', 'invoice'), amount decimal(14,2), authorised timestamp(6) NULL,
    settled timestamp NULL, response varbinary(200));
CREATE TABLE refunds (payment_id binary(16), no tinyint unsigned, amount decimal(14,2), reason text, PRIMARY KEY (payment_id, no));
CREATE TABLE carriers (code varchar(12) COLLATE utf8mb4_general_ci PRIMARY KEY, name varchar(40) CHARACTER SET utf8mb3, tracking_url varchar(200));
CREATE TABLE shipments (id bigint unsigned PRIMARY KEY, order_id bigint, carrier varchar(12), sent datetime, took time(2), parcel_kg decimal(6,3) zerofill);
CREATE TABLE shipment_items (shipment_id bigint unsigned, line smallint unsigned, quantity mediumint unsigned, PRIMARY KEY (shipment_id, line));
CREATE TABLE returns (id int PRIMARY KEY, order_id bigint, opened datetime(4), cause set('broken', 'late', 'wrong', 'other'));
CREATE TABLE return_items (return_id int, line smallint unsigned, verdict tinytext CHARACTER SET latin1, PRIMARY KEY (return_id, line));

CREATE TABLE coupons (code varchar(20) PRIMARY KEY, percent decimal(5,2), expires date, used int unsigned NOT NULL DEFAULT 0);
CREATE TABLE carts (id char(36) PRIMARY KEY, customer_id bigint unsigned, touched datetime(6));
CREATE TABLE cart_items (cart_id char(36), sku varchar(40), quantity tinyint unsigned, PRIMARY KEY (cart_id, sku));
CREATE TABLE reviews (sku varchar(40), customer_id bigint unsigned, stars tinyint, words text, PRIMARY KEY (sku, customer_id));
CREATE TABLE audit_log (at datetime(6), no bigint unsigned, actor varchar(40), what longtext, image longblob, PRIMARY KEY (at, no));

-- Names that some part between here and there could stumble over.
CREATE TABLE `order` (`select` int PRIMARY KEY, `from` date, `user` varchar(20), `table` bigint, `end` decimal(10,0));
CREATE TABLE `Price$History` (`SKU` varchar(40), `Valid_From` date, `$price` decimal(10,2), `op` char(1), `source` varchar(9), PRIMARY KEY (`SKU`, `Valid_From`));
CREATE TABLE `学生_客户` (`编号` int PRIMARY KEY, `姓名` varchar(20), `größe` decimal(3,2));
CREATE TABLE `2024-archive` (`1st` int PRIMARY KEY, `with blank` varchar(20), `a.b` int, `say "x"` int, `before` int, `ts_ms` bigint);
CREATE TABLE a_name_of_sixty_three_bytes_which_is_all_that_a_target_can_keep (id int PRIMARY KEY, another_name_of_sixty_three_bytes_which_is_also_all_it_can_keep int);
CREATE TABLE never_filled (id int PRIMARY KEY, note varchar(20));
CREATE TABLE settings (name varchar(64) COLLATE utf8mb4_general_ci PRIMARY KEY, value varchar(500) COMMENT 'the text "NULL" is not NULL');

-- Left out by the job.
CREATE TABLE import_lines (line text, imported timestamp NOT NULL DEFAULT current_timestamp);
CREATE VIEW open_orders AS SELECT id, customer_id FROM orders WHERE status IN ('new', 'paid');
CREATE TABLE tmp_import (id int PRIMARY KEY, line text);
