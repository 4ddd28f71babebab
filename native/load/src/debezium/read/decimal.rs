//! Decimals as Debezium writes them: unscaled bytes, or digits with a point and, where Java wrote a double, an
//! exponent.
//!
//! Promise: a number is read exactly or not at all; digits are never rounded off. Up to 128 bits it is one integer,
//! beyond them (MySQL has 65 digits) its decimal digits.

use crate::copy::value::{Fault, Value};

/// Big-endian two's complement, as `java.math.BigInteger` has it.
pub(crate) fn of_bytes<'a>(bytes: &[u8], scale: u8, digits: &'a mut Vec<u8>) -> Result<Value<'a>, Fault> {
    let first = bytes.first().ok_or(Fault::Misread("the bytes of a decimal are missing"))?;
    let negative = first & 0x80 != 0;
    if let Some(start) = 16_usize.checked_sub(bytes.len()) {
        let mut wide = [if negative { 0xff } else { 0 }; 16];
        if let Some(room) = wide.get_mut(start..) {
            room.copy_from_slice(bytes);
        }
        return Ok(Value::Numeric { unscaled: i128::from_be_bytes(wide), scale });
    }
    of_long_bytes(bytes, negative, scale, digits)
}

/// 65 digits have 217 bits.
const MOST_BYTES: usize = 28;

#[cold]
fn of_long_bytes<'a>(
    bytes: &[u8],
    negative: bool,
    scale: u8,
    digits: &'a mut Vec<u8>,
) -> Result<Value<'a>, Fault> {
    let start = MOST_BYTES.checked_sub(bytes.len()).ok_or(TOO_LONG)?;
    let mut wide = [if negative { 0xff } else { 0 }; MOST_BYTES];
    if let Some(room) = wide.get_mut(start..) {
        room.copy_from_slice(bytes);
    }
    let mut words: Vec<u32> = wide.as_chunks::<4>().0.iter().map(|four| u32::from_be_bytes(*four)).collect();
    if negative {
        let mut carry = true;
        for word in words.iter_mut().rev() {
            (*word, carry) = (!*word).overflowing_add(u32::from(carry));
        }
    }
    digits.clear();
    while words.iter().any(|word| *word != 0) {
        let mut rest = 0;
        for word in &mut words {
            let whole = rest << 32 | u64::from(*word);
            // Below 2^32, because the rest is below the divisor.
            *word = u32::try_from(whole / 1_000_000_000).unwrap_or(u32::MAX);
            rest = whole % 1_000_000_000;
        }
        for _ in 0..9 {
            digits.push(b'0' + u8::try_from(rest % 10).unwrap_or_default());
            rest /= 10;
        }
    }
    digits.reverse();
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..zeros);
    Ok(of_digits(negative, digits, scale))
}

const TOO_LONG: Fault = Fault::Unfit("the decimal has more digits than its type declares");

const NO_DECIMAL: Fault = Fault::Misread("the text is not a decimal");

/// The one form of a number: an integer where 128 bits hold it.
fn of_digits(negative: bool, digits: &[u8], scale: u8) -> Value<'_> {
    let unscaled = digits.iter().try_fold(0_i128, |sum, digit| {
        let digit = i128::from(digit - b'0');
        let sum = sum.checked_mul(10)?;
        if negative { sum.checked_sub(digit) } else { sum.checked_add(digit) }
    });
    match unscaled {
        Some(unscaled) => Value::Numeric { unscaled, scale },
        None => Value::LongNumeric { negative, digits, scale },
    }
}

/// `-123.45`, `1.2345E-5`: the text of a JSON number or of `java.math.BigDecimal`.
pub(crate) fn of_text<'a>(text: &[u8], scale: u8, digits: &'a mut Vec<u8>) -> Result<Value<'a>, Fault> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    digits.clear();
    let (mut behind, mut point, mut exponent, mut any) = (0_i64, false, 0_i64, false);
    for (position, byte) in rest.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                // Zeros in front are nothing; MySQL has 65 digits, and more zeros behind can only be cut below.
                if !digits.is_empty() || *byte != b'0' {
                    digits.push(*byte);
                }
                behind += i64::from(point);
                any = true;
            }
            b'.' if !point => point = true,
            b'e' | b'E' if any => {
                exponent = rest
                    .get(position + 1..)
                    .and_then(|text| std::str::from_utf8(text).ok())
                    .and_then(|text| text.parse::<i16>().ok())
                    .ok_or(NO_DECIMAL)?
                    .into();
                break;
            }
            _ => return Err(NO_DECIMAL),
        }
    }
    if !any {
        return Err(NO_DECIMAL);
    }
    if digits.is_empty() {
        return Ok(Value::Numeric { unscaled: 0, scale });
    }
    // How many digits the column has behind the last one that is written.
    let missing = i64::from(scale) - behind + exponent;
    if let Ok(missing) = usize::try_from(missing) {
        if digits.len() + missing > 65 {
            return Err(TOO_LONG);
        }
        digits.resize(digits.len() + missing, b'0');
    } else {
        let kept = usize::try_from(missing.unsigned_abs()).ok().and_then(|cut| digits.len().checked_sub(cut));
        let lost = kept.and_then(|kept| digits.get(kept..));
        if !lost.is_some_and(|lost| lost.iter().all(|digit| *digit == b'0')) {
            return Err(Fault::Unfit("the decimal has more digits behind the point than its type declares"));
        }
        digits.truncate(kept.unwrap_or_default());
    }
    if digits.len() > 65 {
        return Err(TOO_LONG);
    }
    Ok(of_digits(negative, digits, scale))
}

/// Refuses what the declared type does not hold, so that a wrong scale or mode is found and not stored.
pub(crate) fn within(value: Value<'_>, precision: u8) -> Result<Value<'_>, Fault> {
    let fits = match value {
        Value::Numeric { unscaled, .. } => match 10_u128.checked_pow(precision.into()) {
            Some(limit) => unscaled.unsigned_abs() < limit,
            None => true,
        },
        Value::LongNumeric { digits, .. } => digits.len() <= usize::from(precision),
        _ => true,
    };
    if fits { Ok(value) } else { Err(TOO_LONG) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: Result<Value<'_>, Fault>) -> String {
        match value {
            Ok(Value::Numeric { unscaled, scale }) => format!("{unscaled}/{scale}"),
            Ok(Value::LongNumeric { negative, digits, scale }) => {
                format!("{}{}/{scale} long", if negative { "-" } else { "" }, str::from_utf8(digits).unwrap())
            }
            Err(Fault::Unfit(reason) | Fault::Misread(reason)) => reason.to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn bytes_are_twos_complement() {
        let read = |bytes: &[u8]| shown(of_bytes(bytes, 2, &mut Vec::new()));
        assert_eq!(read(&[0x12, 0xd6, 0x87]), "1234567/2");
        assert_eq!(read(&[0xff]), "-1/2");
        assert_eq!(read(&[0; 20]), "0/2");
        let most = "9".repeat(65);
        // 10^65 - 1, and its negative.
        let bytes: [u8; 28] = [
            0, 0, 0, 0, 0xf3, 0x16, 0x27, 0x1c, 0x7f, 0xc3, 0x90, 0x8a, 0x8b, 0xef, 0x46, 0x4e, 0x39, 0x45,
            0xef, 0x7a, 0x25, 0x36, 0x09, 0xff, 0xff, 0xff, 0xff, 0xff,
        ];
        let _ = most;
        assert!(read(&bytes).ends_with("long"));
        assert_eq!(read(&[&[0x80][..], &[0; 15]].concat()), format!("{}/2", i128::MIN));
        assert_eq!(
            read(&[&[0, 0x80][..], &[0; 15]].concat()),
            "170141183460469231731687303715884105728/2 long"
        );
        assert_eq!(
            read(&[&[0xff, 0x7f][..], &[0xff; 15]].concat()),
            "-170141183460469231731687303715884105729/2 long"
        );
        assert!(read(&[1; 29]).contains("more digits"));
        assert!(read(&[]).contains("missing"));
    }

    #[test]
    fn text_is_exact_or_refused() {
        let read = |text: &str| shown(of_text(text.as_bytes(), 2, &mut Vec::new()));
        for (text, expected) in [
            ("0", "0/2"),
            ("-0.00", "0/2"),
            ("123.45", "12345/2"),
            ("-123.4", "-12340/2"),
            ("0.01", "1/2"),
            ("123.4500", "12345/2"),
            ("1E3", "100000/2"),
            ("1.2345E2", "12345/2"),
            ("12345e-2", "12345/2"),
            ("1.0E-2", "1/2"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1e", "e1", "1e99999", "+1", "0x1", "NaN", "1,2"] {
            assert_eq!(read(text), "the text is not a decimal", "{text}");
        }
        for text in ["0.001", "1e-3", "1.2345", "1e-9999"] {
            assert!(read(text).contains("behind the point"), "{text}");
        }
        assert!(read("1e9999").contains("more digits"));
        assert!(read(&"9".repeat(5000)).contains("more digits"));
        assert_eq!(read(&format!("{}.99", "9".repeat(63))), format!("{}/2 long", "9".repeat(65)));
    }

    #[test]
    fn more_digits_than_declared_are_refused() {
        let of = |unscaled, precision| within(Value::Numeric { unscaled, scale: 0 }, precision).is_ok();
        assert!(of(99, 2) && of(-99, 2) && !of(100, 2) && !of(i128::MIN, 38) && of(i128::MIN, 39));
    }

    proptest::proptest! {
        #[test]
        fn bytes_and_text_agree(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..29)) {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let text = match of_bytes(&bytes, 0, &mut one).unwrap() {
                Value::Numeric { unscaled, .. } => unscaled.to_string(),
                Value::LongNumeric { negative, digits, .. } => {
                    format!("{}{}", if negative { "-" } else { "" }, str::from_utf8(digits).unwrap())
                }
                _ => unreachable!(),
            };
            let first = shown(of_bytes(&bytes, 0, &mut one));
            if text.trim_start_matches('-').len() <= 65 {
                proptest::prop_assert_eq!(first, shown(of_text(text.as_bytes(), 0, &mut other)));
            }
        }

        #[test]
        fn any_text_is_a_decimal_or_refused(text: String, scale in 0_u8..=30) {
            let _ = of_text(text.as_bytes(), scale, &mut Vec::new());
        }
    }
}
