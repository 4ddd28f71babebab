package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBException;
import java.util.Optional;
import org.apache.flink.cdc.common.types.BinaryType;
import org.apache.flink.cdc.common.types.CharType;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DecimalType;
import org.apache.flink.cdc.common.types.LocalZonedTimestampType;
import org.apache.flink.cdc.common.types.TimeType;
import org.apache.flink.cdc.common.types.TimestampType;
import org.apache.flink.cdc.common.types.VarBinaryType;
import org.apache.flink.cdc.common.types.VarCharType;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * The one table of Flink CDC's types and those of Flink whose values are stored alike.
 *
 * <p>What has values inside, and TIMESTAMP WITH TIME ZONE, is refused by the column's name: how these are stored
 * differs between versions of Flink CDC, or from Flink.
 */
final class CdcTypes {

    private CdcTypes() {}

    /** Flink's type of a column's values. */
    static LogicalType logical(String table, String column, DataType type) throws PieCloudDBException {
        return logical(type)
                .orElseThrow(() -> new PieCloudDBException.Permanent(
                        PieCloudDBException.Kind.CONFIG,
                        "table '" + table + "', column \"" + column + "\": the type " + type.asSummaryString()
                                + " is not supported in a pipeline; cast or leave the column out in a 'transform'"))
                .copy(type.isNullable());
    }

    private static Optional<LogicalType> logical(DataType type) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return Optional.of(new org.apache.flink.table.types.logical.BooleanType());
            case TINYINT:
                return Optional.of(new org.apache.flink.table.types.logical.TinyIntType());
            case SMALLINT:
                return Optional.of(new org.apache.flink.table.types.logical.SmallIntType());
            case INTEGER:
                return Optional.of(new org.apache.flink.table.types.logical.IntType());
            case BIGINT:
                return Optional.of(new org.apache.flink.table.types.logical.BigIntType());
            case FLOAT:
                return Optional.of(new org.apache.flink.table.types.logical.FloatType());
            case DOUBLE:
                return Optional.of(new org.apache.flink.table.types.logical.DoubleType());
            case DECIMAL:
                return Optional.of(new org.apache.flink.table.types.logical.DecimalType(
                        ((DecimalType) type).getPrecision(), ((DecimalType) type).getScale()));
            case CHAR:
                return Optional.of(
                        new org.apache.flink.table.types.logical.CharType(Math.max(1, ((CharType) type).getLength())));
            case VARCHAR:
                return Optional.of(new org.apache.flink.table.types.logical.VarCharType(
                        Math.max(1, ((VarCharType) type).getLength())));
            case BINARY:
                return Optional.of(new org.apache.flink.table.types.logical.BinaryType(
                        Math.max(1, ((BinaryType) type).getLength())));
            case VARBINARY:
                return Optional.of(new org.apache.flink.table.types.logical.VarBinaryType(
                        Math.max(1, ((VarBinaryType) type).getLength())));
            case DATE:
                return Optional.of(new org.apache.flink.table.types.logical.DateType());
            case TIME_WITHOUT_TIME_ZONE:
                return Optional.of(new org.apache.flink.table.types.logical.TimeType(((TimeType) type).getPrecision()));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return Optional.of(
                        new org.apache.flink.table.types.logical.TimestampType(((TimestampType) type).getPrecision()));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return Optional.of(new org.apache.flink.table.types.logical.LocalZonedTimestampType(
                        ((LocalZonedTimestampType) type).getPrecision()));
            default:
                return Optional.empty();
        }
    }
}
