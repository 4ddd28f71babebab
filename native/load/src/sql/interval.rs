//! Lengths of time as SQL text that every server of the family reads.
//!
//! Promise: no length is out of range. An interval's literal with more than an `int` of its unit is refused up to
//! PostgreSQL 14 and on Greenplum (22015), also where it is less than a month; a setting in milliseconds is an `int`
//! everywhere.

use std::time::Duration;

/// Longer ones are as good as for ever, and what they are taken from stays a timestamp.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// An interval, to the millisecond.
pub(super) fn interval(length: Duration) -> String {
    format!("{}::float8 * interval '1 millisecond'", length.min(LONGEST).as_millis())
}

/// The value of a setting in milliseconds; the longest that there is, which is 24 days, for any longer one.
pub(super) fn setting_millis(length: Duration) -> String {
    format!("{}ms", i32::try_from(length.as_millis()).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_length_is_out_of_range() {
        assert_eq!(
            interval(Duration::from_millis(2_592_000_000)),
            "2592000000::float8 * interval '1 millisecond'"
        );
        assert_eq!(interval(Duration::MAX), "3153600000000::float8 * interval '1 millisecond'");
        assert_eq!(setting_millis(Duration::from_millis(1)), "1ms");
        assert_eq!(setting_millis(Duration::MAX), "2147483647ms");
    }
}
