//! Values in COPY's text format: fields end with a tab or, the last one, a newline; `\N` is NULL; backslash, tab,
//! newline and carriage return are escaped, so no value can end a field, a row or the data (`\.`).

use bytes::{BufMut, BytesMut};

use super::calendar;
use super::value::Value;

/// The most bytes of any value of fixed size, its separator included: numeric(38, 38) with sign, `0` and point.
pub(super) const LONGEST_FIXED: usize = 48;

#[inline]
pub(super) fn separator(out: &mut BytesMut) {
    out.put_u8(b'\t');
}

pub(super) fn end_tuple(out: &mut BytesMut) {
    out.put_u8(b'\n');
}

pub(super) fn put_null(out: &mut BytesMut) {
    out.put_slice(b"\\N");
}

/// Inlined by force: as a call it reads the value back from the stack where it was just written in pieces, which costs
/// more than to write it out (measured: 440 instead of 260 ns a row of lineitem).
#[inline(always)]
pub(super) fn put(value: Value<'_>, out: &mut BytesMut) {
    match value {
        Value::Boolean(value) => out.put_u8(if value { b't' } else { b'f' }),
        Value::Integer(value, _) => put_integer(value, out),
        Value::Float(value) if value.is_finite() => put_str(ryu::Buffer::new().format_finite(value), out),
        Value::Double(value) if value.is_finite() => put_str(ryu::Buffer::new().format_finite(value), out),
        Value::Float(value) => put_str(not_finite(value.into()), out),
        Value::Double(value) => put_str(not_finite(value), out),
        Value::Numeric { unscaled, scale } => numeric(unscaled, scale, out),
        Value::LongNumeric { negative, digits, scale } => put_decimal(negative, digits, scale, out),
        Value::Bits { bits, length } => put_bits(bits, length, out),
        Value::Text(value, _) => put_escaped(value, out),
        Value::Uuid(value) => put_hex(&value, out),
        Value::Bytes(value) => {
            // The backslash of the hex form is itself escaped.
            out.put_slice(b"\\\\x");
            put_hex(value, out);
        }
        Value::Date(days) => {
            let before_christ = calendar::put_date(days, out);
            calendar::put_era(before_christ, out);
        }
        Value::Time(micros) => calendar::put_time(micros, out),
        Value::Interval(micros) => put_interval(micros, out),
        Value::Months(months) => {
            put_integer(months.into(), out);
            out.put_slice(b" mons");
        }
        // Written by the plan, which knows what may be wrong with it.
        Value::Nested(..) => {}
        Value::Timestamp { micros, zoned } => calendar::put_timestamp(micros, zoned, out),
    }
}

pub(super) fn put_op_and_seq(op: i16, seq: i64, out: &mut BytesMut) {
    put_integer(op.into(), out);
    separator(out);
    put_integer(seq, out);
}

#[inline]
pub(super) fn put_integer(value: i64, out: &mut BytesMut) {
    put_str(itoa::Buffer::new().format(value), out);
}

fn put_str(text: &str, out: &mut BytesMut) {
    out.put_slice(text.as_bytes());
}

fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

fn numeric(unscaled: i128, scale: u8, out: &mut BytesMut) {
    let mut buffer = itoa::Buffer::new();
    let magnitude = unscaled.unsigned_abs();
    // Most decimals fit 64 bits, which are formatted many times faster.
    let digits = match u64::try_from(magnitude) {
        Ok(small) => buffer.format(small),
        Err(_) => buffer.format(magnitude),
    };
    put_decimal(unscaled < 0, digits.as_bytes(), scale, out);
}

fn put_decimal(negative: bool, digits: &[u8], scale: u8, out: &mut BytesMut) {
    if negative {
        out.put_u8(b'-');
    }
    let scale = usize::from(scale);
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
    out.put_slice(if whole.is_empty() { b"0" } else { whole });
    if scale > 0 {
        out.put_u8(b'.');
        out.put_bytes(b'0', scale.saturating_sub(fraction.len()));
        out.put_slice(fraction);
    }
}

#[cold]
fn put_bits(bits: u64, length: u8, out: &mut BytesMut) {
    for place in (0..length.min(64)).rev() {
        out.put_u8(if bits >> place & 1 == 1 { b'1' } else { b'0' });
    }
}

#[cold]
fn put_interval(micros: i64, out: &mut BytesMut) {
    if micros < 0 {
        out.put_u8(b'-');
    }
    calendar::put_time(micros.saturating_abs(), out);
}

/// Most text has nothing to escape and is copied at once.
#[inline]
fn put_escaped(text: &[u8], out: &mut BytesMut) {
    if is_plain(text) { out.put_slice(text) } else { put_escapes(text, out) }
}

/// No branch inside a block, so that the compiler makes it comparisons of 16 bytes.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    let plain = |block: &[u8]| {
        let special = |byte: u8| (byte == b'\\') | (byte == b'\t') | (byte == b'\n') | (byte == b'\r');
        !block.iter().fold(false, |any, byte| any | special(*byte))
    };
    let (blocks, rest) = text.as_chunks::<16>();
    blocks.iter().all(|block| plain(block)) && plain(rest)
}

/// Inside the quotes of an array's text, whose own escapes are escaped for the COPY.
pub(super) fn put_quoted(text: &[u8], out: &mut BytesMut) {
    let special = |byte: u8| byte == b'"' || escape(byte).is_some();
    let mut rest = text;
    while let Some(position) = rest.iter().position(|byte| special(*byte)) {
        let (plain, special) = rest.split_at(position);
        out.put_slice(plain);
        let Some((byte, behind)) = special.split_first() else { break };
        match *byte {
            b'"' => out.put_slice(b"\\\\\""),
            b'\\' => out.put_slice(b"\\\\\\\\"),
            other => put_escapes(&[other], out),
        }
        rest = behind;
    }
    out.put_slice(rest);
}

/// Copies runs of plain bytes at once.
fn put_escapes(text: &[u8], out: &mut BytesMut) {
    let mut rest = text;
    while let Some(position) = rest.iter().position(|byte| escape(*byte).is_some()) {
        let (plain, special) = rest.split_at(position);
        out.put_slice(plain);
        let Some((byte, behind)) = special.split_first() else { break };
        if let Some(letter) = escape(*byte) {
            out.put_slice(&[b'\\', letter]);
        }
        rest = behind;
    }
    out.put_slice(rest);
}

fn escape(byte: u8) -> Option<u8> {
    match byte {
        b'\\' => Some(b'\\'),
        b'\t' => Some(b't'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        _ => None,
    }
}

fn put_hex(bytes: &[u8], out: &mut BytesMut) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    for (pair, byte) in room.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TextTarget;

    fn written(value: Value<'_>) -> String {
        let mut out = BytesMut::new();
        put(value, &mut out);
        String::from_utf8(out.to_vec()).expect("UTF-8")
    }

    #[test]
    fn no_text_can_end_its_field_row_or_data() {
        let text = |text: &str| written(Value::Text(text.as_bytes(), TextTarget::Plain));
        assert_eq!(text("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
        assert_eq!(text("\\N"), "\\\\N");
        assert_eq!(text("\\."), "\\\\.");
        assert_eq!(text(""), "");
        assert_eq!(text("你好"), "你好");
    }

    #[test]
    fn numbers_are_written_exactly() {
        for (unscaled, scale, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (-5, 2, "-0.05"),
            (12_345, 2, "123.45"),
            (10_i128.pow(38) - 1, 38, "0.99999999999999999999999999999999999999"),
            (-(10_i128.pow(38) - 1), 0, "-99999999999999999999999999999999999999"),
        ] {
            assert_eq!(written(Value::Numeric { unscaled, scale }), text);
            assert!(text.len() < LONGEST_FIXED);
        }
        assert_eq!(written(Value::Double(f64::NAN)), "NaN");
        assert_eq!(written(Value::Float(f32::NEG_INFINITY)), "-Infinity");
        assert_eq!(written(Value::Double(-0.1)), "-0.1");
        assert!(written(Value::Double(-f64::MIN_POSITIVE)).len() < LONGEST_FIXED);
        assert_eq!(written(Value::Float(0.1)), "0.1");
    }

    #[test]
    fn bytes_are_hexadecimal() {
        assert_eq!(written(Value::Bytes(&[0, 0x1f, 0xff])), "\\\\x001fff");
        assert_eq!(written(Value::Bytes(&[])), "\\\\x");
    }
}
