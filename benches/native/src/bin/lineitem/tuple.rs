//! A row as a tuple of PostgreSQL's binary COPY format, as the server itself would write it.
//!
//! Written apart from the loader's encoder on purpose: the baseline's file must not share its mistakes. CHAR columns
//! are not padded: the server pads them on arrival, for both contestants.

use std::num::TryFromIntError;

use tpchgen::generators::LineItem;

/// Signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The end of the data.
pub(super) const TRAILER: &[u8] = &(-1i16).to_be_bytes();

/// Days from 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;

/// Replaces `out` by the row's tuple.
pub(super) fn write(item: &LineItem<'_>, out: &mut Vec<u8>) -> Result<(), TryFromIntError> {
    out.clear();
    out.extend(16i16.to_be_bytes());
    field(out, &item.l_orderkey.to_be_bytes())?;
    field(out, &item.l_partkey.to_be_bytes())?;
    field(out, &item.l_suppkey.to_be_bytes())?;
    field(out, &item.l_linenumber.to_be_bytes())?;
    for cents in [item.l_quantity * 100, item.l_extendedprice.0, item.l_discount.0, item.l_tax.0] {
        numeric(out, cents)?;
    }
    field(out, item.l_returnflag.as_bytes())?;
    field(out, item.l_linestatus.as_bytes())?;
    for date in [item.l_shipdate, item.l_commitdate, item.l_receiptdate] {
        field(out, &(date.to_unix_epoch() - EPOCH_DAYS).to_be_bytes())?;
    }
    field(out, item.l_shipinstruct.as_bytes())?;
    field(out, item.l_shipmode.as_bytes())?;
    field(out, item.l_comment.as_bytes())
}

fn field(out: &mut Vec<u8>, value: &[u8]) -> Result<(), TryFromIntError> {
    out.extend(i32::try_from(value.len())?.to_be_bytes());
    out.extend(value);
    Ok(())
}

/// A number of cents as NUMERIC with two decimals: groups of four digits, the last one being the cents times 100.
fn numeric(out: &mut Vec<u8>, cents: i64) -> Result<(), TryFromIntError> {
    let sign: u16 = if cents < 0 { 0x4000 } else { 0 };
    let mut rest = cents.unsigned_abs() / 100;
    let mut groups = vec![u16::try_from(cents.unsigned_abs() % 100 * 100)?];
    while rest > 0 {
        groups.push(u16::try_from(rest % 10_000)?);
        rest /= 10_000;
    }
    // The highest group counts 10,000 to the power of the weight; the cents stand at -1.
    let mut weight = i16::try_from(groups.len())? - 2;
    groups.reverse();
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    let mut value = Vec::with_capacity(8 + 2 * groups.len());
    value.extend(u16::try_from(groups.len())?.to_be_bytes());
    value.extend(weight.to_be_bytes());
    value.extend(sign.to_be_bytes());
    value.extend(2u16.to_be_bytes());
    for group in groups {
        value.extend(group.to_be_bytes());
    }
    field(out, &value)
}

#[cfg(test)]
mod tests {
    use super::numeric;

    /// The bytes that `SELECT numeric_send(…::numeric(15,2))` of PostgreSQL 17 gives.
    #[test]
    fn numbers_are_what_the_server_sends() {
        for (cents, expected) in [
            (0, "00000000 00000002"),
            (5, "0001ffff 00000002 01f4"),
            (1700, "00010000 00000002 0011"),
            (123_456_789, "00030001 00000002 007b11d7 22c4"),
            (1_000_000, "00010001 00000002 0001"),
            (-5, "0001ffff 40000002 01f4"),
        ] {
            let mut out = Vec::new();
            numeric(&mut out, cents).expect("fits");
            let hex: String = out[4..].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected.replace(' ', ""), "{cents} cents");
        }
    }
}
