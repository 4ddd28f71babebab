package com.pieclouddb.flink.internal.router;

import com.pieclouddb.flink.SourceTable;

/** Debezium's records of one database, {@code shop}, as texts. */
final class ShopRecords {

    private ShopRecords() {}

    static SourceTable orders(String id, String name) {
        return SourceTable.of("shop", "orders")
                .column("id", id, false)
                .column("name", name, true)
                .primaryKey("id")
                .build();
    }

    static SourceTable keyedByText() {
        return SourceTable.of("shop", "orders")
                .column("id", "int", false)
                .column("name", "varchar(20)", false)
                .primaryKey("name")
                .build();
    }

    static String row(int id, String name) {
        return "{\"id\":" + id + ",\"name\":\"" + name + "\"}";
    }

    static String record(String op, String before, String after) {
        return "{\"before\":" + before + ",\"after\":" + after
                + ",\"source\":{\"db\":\"shop\",\"table\":\"orders\"},\"op\":\"" + op + "\",\"ts_ms\":1}";
    }

    static String event(String type, String table, String before, String id) {
        String previous = before == null ? "" : "\"previousId\":\"\\\"shop\\\".\\\"" + before + "\\\"\",";
        return "{\"databaseName\":\"shop\",\"ddl\":\"x\",\"tableChanges\":[{\"type\":\"" + type + "\"," + previous
                + "\"id\":\"\\\"shop\\\".\\\"" + table
                + "\\\"\",\"table\":{\"comment\":\"told\",\"primaryKeyColumnNames\":"
                + "[\"id\"],\"columns\":[{\"name\":\"id\",\"typeName\":\"" + id
                + "\",\"optional\":false},{\"name\":\"name\","
                + "\"typeName\":\"VARCHAR\",\"length\":20,\"optional\":true,\"comment\":\"who\"}]}}]}";
    }

    static String statement(String ddl, String table) {
        return "{\"source\":{\"db\":\"shop\",\"table\":\"" + table + "\"},\"historyRecord\":\"{\\\"databaseName\\\":"
                + "\\\"shop\\\",\\\"ddl\\\":\\\"" + ddl + "\\\",\\\"tableChanges\\\":[]}\"}";
    }
}
