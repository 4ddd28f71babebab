-- What MariaDB itself says of the rows of all tables: writes one SELECT per table, which tests/capture/run executes.
-- A row is `table TAB cell TAB cell …`, the cells in the table's order, \N for NULL. So that every cell is one word:
-- text as hexadecimal digits of its UTF-8, binary and geometries (SRID and WKB) as hexadecimal digits, BIT as all its
-- bits, FLOAT as the double that it is, numbers without ZEROFILL's zeros. All else is as MariaDB prints it.
SELECT concat('SELECT concat_ws(''\t'', ''', table_name, ''', ',
    group_concat('ifnull(', CASE
        WHEN data_type IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set')
            THEN concat('lower(hex(convert(`', column_name, '` USING utf8mb4)))')
        WHEN data_type LIKE '%blob' OR data_type LIKE '%binary' OR data_type LIKE '%point' OR data_type LIKE '%string'
            OR data_type LIKE '%polygon' OR data_type LIKE 'geometry%' THEN concat('lower(hex(`', column_name, '`))')
        WHEN data_type = 'bit' THEN concat('lpad(bin(`', column_name, '` + 0), ', numeric_precision, ', ''0'')')
        WHEN data_type = 'float' THEN concat('cast(`', column_name, '` AS double)')
        WHEN data_type LIKE '%int' OR data_type = 'year' THEN concat('`', column_name, '` + 0')
        WHEN column_type LIKE '%zerofill' THEN concat('cast(`', column_name, '` + 0 AS char)')
        ELSE concat('cast(`', column_name, '` AS char)') END, ', ''\\\\N'')' ORDER BY ordinal_position),
    ') FROM live.`', table_name, '`;')
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'live' AND table_type = 'BASE TABLE'
GROUP BY table_name;
