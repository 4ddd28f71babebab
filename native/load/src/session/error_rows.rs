//! Rows that cannot be stored, counted over all tables of a writer's session against `sink.error-rows.max`.
//!
//! Promise: one row more than the option allows is an error that says how many there were; a percentage is of windows
//! of so many rows that follow each other, and is passed as soon as a window has too many, however full it is.

use parking_lot::Mutex;

use crate::error::{Error, Kind, Result};
use crate::spec::MaxErrorRows;

/// Rows of a window, or a few more where they come together. One hundredth of a percent of it is one row.
const WINDOW: u64 = 10_000;

#[derive(Debug)]
pub(super) struct ErrorRows {
    max: Option<MaxErrorRows>,
    counted: Mutex<Counted>,
}

/// With a number of rows since the session began, with a percentage in the window.
#[derive(Debug, Default)]
struct Counted {
    rows: u64,
    error_rows: u64,
}

impl ErrorRows {
    pub(super) fn new(max: Option<MaxErrorRows>) -> Self {
        ErrorRows { max, counted: Mutex::default() }
    }

    /// So many rows more were encoded, and `error_rows` left out.
    ///
    /// # Errors
    /// Kind `Data` where those are too many.
    #[inline]
    pub(super) fn count(&self, encoded: u64, error_rows: u64) -> Result<()> {
        match self.max {
            None => Ok(()),
            Some(MaxErrorRows::Rows(_)) if error_rows == 0 => Ok(()),
            Some(max) => self.compare(max, encoded + error_rows, error_rows),
        }
    }

    /// May so many rows be left out that were counted as encoded?
    ///
    /// # Errors
    /// Kind `Data` where those are too many.
    pub(super) fn may(&self, later: u64) -> Result<()> {
        let counted = self.counted.lock();
        self.max.map_or(Ok(()), |max| too_many(max, counted.rows, counted.error_rows + later))
    }

    /// So many rows that were counted as encoded were left out later.
    ///
    /// # Errors
    /// As [`ErrorRows::may`].
    pub(super) fn count_later(&self, error_rows: u64) -> Result<()> {
        self.max.map_or(Ok(()), |max| self.compare(max, 0, error_rows))
    }

    fn compare(&self, max: MaxErrorRows, rows: u64, error_rows: u64) -> Result<()> {
        let mut counted = self.counted.lock();
        counted.rows += rows;
        counted.error_rows += error_rows;
        too_many(max, counted.rows, counted.error_rows)?;
        if matches!(max, MaxErrorRows::Hundredths(_)) && counted.rows >= WINDOW {
            *counted = Counted::default();
        }
        Ok(())
    }
}

fn too_many(max: MaxErrorRows, all: u64, bad: u64) -> Result<()> {
    let told = match max {
        MaxErrorRows::Rows(most) if bad > most => {
            format!(
                "{bad} rows of this writer could not be stored since it began, and 'sink.error-rows.max' is '{most}'"
            )
        }
        MaxErrorRows::Hundredths(most) if bad > most => format!(
            "{bad} of the last {all} rows of this writer could not be stored, and 'sink.error-rows.max' is \
             '{}.{:02}%', of each {WINDOW} rows",
            most / 100,
            most % 100
        ),
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Data, told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(max: &str) -> ErrorRows {
        ErrorRows::new(Some(max.parse().expect("a maximum")))
    }

    #[test]
    fn one_row_more_than_the_number_is_too_many_whenever_it_comes() {
        let rows = of("3");
        for (encoded, bad) in [(10, 1), (1_000_000, 0), (0, 2), (1_000_000, 0)] {
            rows.count(encoded, bad).expect("three of them");
        }
        let error = rows.count(5, 2).expect_err("five");
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().starts_with("5 rows"), "{error}");
        assert!(ErrorRows::new(None).count(0, u64::MAX).is_ok());
    }

    #[test]
    fn rows_that_are_left_out_later_count_like_others() {
        let rows = of("3");
        rows.count(100, 1).expect("one");
        rows.may(2).expect("three");
        assert!(rows.may(3).expect_err("four").to_string().starts_with("4 rows"));
        rows.count_later(2).expect("three, since asking counts nothing");
        assert!(rows.count(1, 1).is_err());
        let percent = of("0.02%");
        percent.count(9_000, 1).expect("one");
        percent.count_later(1).expect("two");
        assert!(percent.may(1).is_err());
        percent.count(1_000, 0).expect("the window ends");
        percent.may(2).expect("another window");
    }

    #[test]
    fn a_percentage_is_of_each_window() {
        let rows = of("0.02%");
        for _ in 0..10 {
            rows.count(4_999, 1).expect("one");
            rows.count(4_999, 1).expect("two of a window");
        }
        rows.count(0, 2).expect("the first of a window may be bad");
        assert!(rows.count(1, 1).expect_err("three").to_string().starts_with("3 of the last 4 rows"));
        let all = of("100%");
        (0..100).for_each(|_| all.count(0, 1_000).expect("all of them may be"));
    }
}
