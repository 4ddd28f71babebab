//! Points in time as Debezium writes them: the ISO text of `io.debezium.time.ZonedTimestamp`.

/// Days from 0000-03-01, where the 400-year cycle is counted from, to 1970-01-01.
const TO_1970: i64 = 719_468;

/// Milliseconds of the epoch and the microseconds beyond them of `2020-07-17T18:00:22.123456Z` or with an offset like
/// `+08:00`. `None` for any other text, and for digits below one microsecond.
pub(crate) fn zoned(text: &[u8]) -> Option<(i64, i64)> {
    let (date, rest) = text.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let (year, month, day) = (number(&[*y1, *y2, *y3, *y4])?, number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let (time, rest) = rest.split_at_checked(9)?;
    let [b'T', h1, h2, b':', n1, n2, b':', s1, s2] = time else { return None };
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, rest) = fraction(rest)?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(rest)?;
    Some((seconds * 1000 + micros / 1000, micros % 1000))
}

/// `.123456` or nothing, in microseconds, and what stands behind it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = text else { return Some((0, text)) };
    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, behind) = rest.split_at_checked(end)?;
    let (kept, lost) = digits.split_at_checked(6).unwrap_or((digits, &[]));
    if kept.is_empty() || lost.iter().any(|digit| *digit != b'0') {
        return None;
    }
    let unit = 10_i64.checked_pow(u32::try_from(6 - kept.len()).ok()?)?;
    Some((number(kept)? * unit, behind))
}

/// `Z`, `+08:00` or `-05:30:00`, in seconds east of Greenwich.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes, seconds) = match text {
        b"Z" => return Some(0),
        [sign, h1, h2, b':', m1, m2] => (sign, [*h1, *h2], [*m1, *m2], *b"00"),
        [sign, h1, h2, b':', m1, m2, b':', s1, s2] => (sign, [*h1, *h2], [*m1, *m2], [*s1, *s2]),
        _ => return None,
    };
    let (hours, minutes, seconds) = (number(&hours)?, number(&minutes)?, number(&seconds)?);
    if hours > 18 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60 + seconds;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; the years begin in March so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - TO_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_read_exactly() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", (0, 0)),
            ("2020-07-17T18:00:22Z", (1_595_008_822_000, 0)),
            ("2020-07-18T02:00:22+08:00", (1_595_008_822_000, 0)),
            ("2020-07-17T12:30:22-05:30:00", (1_595_008_822_000, 0)),
            ("2020-07-17T18:00:22.123456Z", (1_595_008_822_123, 456)),
            ("2020-07-17T18:00:22.1234560Z", (1_595_008_822_123, 456)),
            ("2020-07-17T18:00:22.1Z", (1_595_008_822_100, 0)),
            ("2038-01-19T03:14:07.999999Z", (2_147_483_647_999, 999)),
            ("2000-02-29T00:00:00Z", (951_782_400_000, 0)),
            ("0001-01-01T00:00:00Z", (-62_135_596_800_000, 0)),
        ] {
            assert_eq!(zoned(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_point_in_time() {
        for text in [
            "",
            "2020-07-17",
            "2020-07-17T18:00:22",
            "2020-07-17 18:00:22Z",
            "2020-13-17T18:00:22Z",
            "2021-02-29T18:00:22Z",
            "2020-07-17T24:00:00Z",
            "2020-07-17T18:00:22.Z",
            "2020-07-17T18:00:22.1234567Z",
            "2020-07-17T18:00:22+8:00",
            "2020-07-17T18:00:22*08:00",
            "2020-07-17T18:00:22Zx",
            "1595008822123",
        ] {
            assert_eq!(zoned(text.as_bytes()), None, "{text}");
        }
    }
}
