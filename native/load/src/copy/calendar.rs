//! Days and microseconds since 2000-01-01 as PostgreSQL writes them in ISO style, without allocating.

use bytes::{BufMut, BytesMut};

const DAY_MICROS: i64 = 86_400_000_000;
/// Days from 0000-03-01, where the 400-year cycle is counted from, to 2000-01-01.
const TO_2000: i64 = 730_425;
/// Days from 1970-01-01 to 2000-01-01.
const TO_1970: i64 = 10_957;

/// `2000-01-31`, `20000-01-31`; a year before 1 AD is counted backwards and marked by [`put_era`].
pub(super) fn put_date(days: i32, out: &mut BytesMut) -> bool {
    let (year, month, day) = civil(i64::from(days));
    let before_christ = year <= 0;
    let shown = if before_christ { 1 - year } else { year };
    put_number(shown, 4, out);
    out.put_u8(b'-');
    put_number(month, 2, out);
    out.put_u8(b'-');
    put_number(day, 2, out);
    before_christ
}

/// What stands behind a date whose [`put_date`] was `true`.
pub(super) fn put_era(before_christ: bool, out: &mut BytesMut) {
    if before_christ {
        out.put_slice(b" BC");
    }
}

/// `2000-01-31` by days since 1970, as ISO 8601 and Java have years: `-0001-01-01`, `+10000-01-01`.
pub(super) fn put_iso_date(epoch_days: i64, out: &mut BytesMut) {
    let (year, month, day) = civil(epoch_days - TO_1970);
    match year {
        ..0 => out.put_u8(b'-'),
        10_000.. => out.put_u8(b'+'),
        _ => {}
    }
    put_number(year.abs(), 4, out);
    out.put_u8(b'-');
    put_number(month, 2, out);
    out.put_u8(b'-');
    put_number(day, 2, out);
}

/// `23:59:59.999` by nanoseconds of the day, with as many digits as there are.
pub(super) fn put_iso_time(nanos: i64, out: &mut BytesMut) {
    put_time(nanos / 1_000_000_000 * 1_000_000, out);
    let (mut fraction, mut digits) = (nanos % 1_000_000_000, 9);
    if fraction > 0 {
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        out.put_u8(b'.');
        put_number(fraction, digits, out);
    }
}

/// `23:59:59.999999`; microseconds only where there are some.
pub(super) fn put_time(micros: i64, out: &mut BytesMut) {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    put_number(seconds / 3600, 2, out);
    out.put_u8(b':');
    put_number(seconds / 60 % 60, 2, out);
    out.put_u8(b':');
    put_number(seconds % 60, 2, out);
    if fraction > 0 {
        out.put_u8(b'.');
        put_number(fraction, 6, out);
    }
}

/// Date and time, `+00` where it is a point in time, and the era.
pub(super) fn put_timestamp(micros: i64, zoned: bool, out: &mut BytesMut) {
    // The range that the value was checked for gives less than 2^27 days.
    let days = i32::try_from(micros.div_euclid(DAY_MICROS)).unwrap_or_default();
    let before_christ = put_date(days, out);
    out.put_u8(b' ');
    put_time(micros.rem_euclid(DAY_MICROS), out);
    if zoned {
        out.put_slice(b"+00");
    }
    put_era(before_christ, out);
}

fn put_number(number: i64, digits: usize, out: &mut BytesMut) {
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(number);
    for _ in text.len()..digits {
        out.put_u8(b'0');
    }
    out.put_slice(text.as_bytes());
}

/// Year, month and day of the proleptic Gregorian calendar; the years begin in March so that leap days come last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + TO_2000;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(put: impl FnOnce(&mut BytesMut)) -> String {
        let mut out = BytesMut::new();
        put(&mut out);
        String::from_utf8(out.to_vec()).expect("ASCII")
    }

    #[test]
    fn dates_are_written_as_the_server_writes_them() {
        for (days, text) in [
            (0, "2000-01-01"),
            (-1, "1999-12-31"),
            (59, "2000-02-29"),
            (-10_957, "1970-01-01"),
            (-730_119, "0001-01-01"),
            (-730_120, "0001-12-31 BC"),
            (-2_451_545, "4714-11-24 BC"),
            (2_145_031_948, "5874897-12-31"),
        ] {
            let found = written(|out| {
                let before_christ = put_date(days, out);
                put_era(before_christ, out);
            });
            assert_eq!(found, text);
        }
    }

    #[test]
    fn iso_dates_and_times_are_written_as_java_writes_them() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!(written(|out| put_iso_date(days, out)), text);
        }
        for (nanos, text) in [
            (0, "00:00:00"),
            (86_399_999_999_999, "23:59:59.999999999"),
            (1_500_000_000, "00:00:01.5"),
            (10, "00:00:00.00000001"),
        ] {
            assert_eq!(written(|out| put_iso_time(nanos, out)), text);
        }
    }

    #[test]
    fn timestamps_are_written_as_the_server_writes_them() {
        for (micros, zoned, text) in [
            (0, false, "2000-01-01 00:00:00"),
            (-1, false, "1999-12-31 23:59:59.999999"),
            (1, true, "2000-01-01 00:00:00.000001+00"),
            (-211_813_488_000_000_000, true, "4714-11-24 00:00:00+00 BC"),
            (9_223_371_331_199_999_999, false, "294276-12-31 23:59:59.999999"),
        ] {
            assert_eq!(written(|out| put_timestamp(micros, zoned, out)), text);
        }
    }
}
