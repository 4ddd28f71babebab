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

    fn compare(&self, max: MaxErrorRows, rows: u64, error_rows: u64) -> Result<()> {
        let mut counted = self.counted.lock();
        counted.rows += rows;
        counted.error_rows += error_rows;
        let (all, bad) = (counted.rows, counted.error_rows);
        match max {
            MaxErrorRows::Rows(most) if bad > most => Err(Error::new(
                Kind::Data,
                format!(
                    "{bad} rows of this writer could not be stored since it began, and 'sink.error-rows.max' is '{most}'"
                ),
            )),
            MaxErrorRows::Hundredths(most) if bad > most => {
                let percent = format!("{}.{:02}%", most / 100, most % 100);
                Err(Error::new(
                    Kind::Data,
                    format!(
                        "{bad} of the last {all} rows of this writer could not be stored, and 'sink.error-rows.max' is \
                         '{percent}', of each {WINDOW} rows"
                    ),
                ))
            }
            MaxErrorRows::Hundredths(_) if all >= WINDOW => {
                *counted = Counted::default();
                Ok(())
            }
            _ => Ok(()),
        }
    }
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
