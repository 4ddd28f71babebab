package com.pieclouddb.flink.pipeline;

import com.pieclouddb.flink.PieCloudDBException;
import org.apache.flink.cdc.common.data.RecordData;
import org.apache.flink.cdc.common.data.binary.BinaryRecordData;

/** The bytes of Flink CDC's records, which are those of Flink's binary rows but for the form of short timestamps. */
final class CdcRecords {

    private CdcRecords() {}

    /** The record as bytes; one that has another form than its table is refused. */
    static BinaryRecordData of(RecordData record, int columns, Object table) throws PieCloudDBException {
        if (!(record instanceof BinaryRecordData)) {
            throw new PieCloudDBException.Permanent(
                    PieCloudDBException.Kind.DATA,
                    "table '" + table + "': a record is "
                            + (record == null
                                    ? "missing"
                                    : "a " + record.getClass().getName())
                            + ", and the pieclouddb sink takes a BinaryRecordData: this Flink CDC is newer than the"
                            + " connector");
        }
        if (record.getArity() != columns) {
            throw new PieCloudDBException(
                    PieCloudDBException.Kind.INTERNAL,
                    "table '" + table + "': a record of " + record.getArity() + " columns came for a table of "
                            + columns);
        }
        return (BinaryRecordData) record;
    }
}
