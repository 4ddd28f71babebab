//! A row as Flink's BinaryRowData: null bits, sixteen slots of eight bytes, then the texts that do not fit a slot.
//!
//! No column is NULL. Row types: BIGINT ×3, INT, DECIMAL(15, 2) ×4, CHAR(1) ×2, DATE ×3, CHAR(25), CHAR(10),
//! VARCHAR(44).

use std::num::TryFromIntError;

use tpchgen::generators::LineItem;

/// Eight bytes of header and null bits, and the slots.
const FIXED: usize = 8 + 16 * 8;

/// Replaces `out` by the row's image, an INSERT.
pub(super) fn write(item: &LineItem<'_>, out: &mut Vec<u8>) -> Result<(), TryFromIntError> {
    out.clear();
    out.extend([0; FIXED]);
    let wholes = [
        item.l_orderkey,
        item.l_partkey,
        item.l_suppkey,
        i64::from(item.l_linenumber),
        item.l_quantity * 100,
        item.l_extendedprice.0,
        item.l_discount.0,
        item.l_tax.0,
    ];
    // No value is negative, so an INT or DATE in its slot looks like a BIGINT.
    for (index, value) in wholes.iter().enumerate() {
        slot(out, index, value.to_le_bytes());
    }
    text(out, 8, item.l_returnflag)?;
    text(out, 9, item.l_linestatus)?;
    for (index, date) in [item.l_shipdate, item.l_commitdate, item.l_receiptdate].iter().enumerate() {
        slot(out, 10 + index, i64::from(date.to_unix_epoch()).to_le_bytes());
    }
    text(out, 13, item.l_shipinstruct)?;
    text(out, 14, item.l_shipmode)?;
    text(out, 15, item.l_comment)
}

fn slot(out: &mut [u8], index: usize, value: [u8; 8]) {
    let start = 8 + 8 * index;
    out[start..start + 8].copy_from_slice(&value);
}

/// Up to seven bytes stand in the slot itself; longer texts stand behind, at multiples of eight.
fn text(out: &mut Vec<u8>, index: usize, value: &str) -> Result<(), TryFromIntError> {
    let bytes = value.as_bytes();
    if bytes.len() <= 7 {
        let mut inline = [0; 8];
        inline[..bytes.len()].copy_from_slice(bytes);
        inline[7] = 0x80 | u8::try_from(bytes.len())?;
        slot(out, index, inline);
        return Ok(());
    }
    let place = u64::try_from(out.len())? << 32 | u64::try_from(bytes.len())?;
    slot(out, index, place.to_le_bytes());
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(8), 0);
    Ok(())
}
