//! What becomes of rows that cannot be stored, and how many of them are too many.

use std::str::FromStr;

/// What becomes of such a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorRowsAction {
    /// The job ends.
    Fail,
    /// It is left out.
    Skip,
    /// It is left out, and stands in the table for such rows.
    Table,
}

impl ErrorRowsAction {
    /// The option's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ErrorRowsAction::Fail => "fail",
            ErrorRowsAction::Skip => "skip",
            ErrorRowsAction::Table => "table",
        }
    }
}

/// The option's value: a number of rows, or a percentage with at most two digits behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxErrorRows {
    /// Of all that a writer gets.
    Rows(u64),
    /// Hundredths of a percent, of each window.
    Hundredths(u64),
}

impl FromStr for MaxErrorRows {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |digits: &str| {
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| all_digits).ok_or(())
        };
        let max = match text.strip_suffix('%') {
            None => MaxErrorRows::Rows(number(text)?),
            Some(percent) => {
                let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
                if fraction.len() > 2 || whole.len() > 3 {
                    return Err(());
                }
                let fraction = number(fraction)? * if fraction.len() == 1 { 10 } else { 1 };
                MaxErrorRows::Hundredths(number(whole)? * 100 + fraction)
            }
        };
        match max {
            MaxErrorRows::Rows(0) | MaxErrorRows::Hundredths(0 | 10_001..) => Err(()),
            max => Ok(max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_percentages_are_read_exactly_and_nothing_else() {
        use MaxErrorRows::{Hundredths, Rows};
        for (text, max) in [
            ("1", Rows(1)),
            ("999", Rows(999)),
            ("1%", Hundredths(100)),
            ("0.5%", Hundredths(50)),
            ("0.05%", Hundredths(5)),
            ("12.34%", Hundredths(1234)),
            ("100%", Hundredths(10_000)),
        ] {
            assert_eq!(text.parse(), Ok(max), "{text}");
        }
        for text in [
            "",
            "0",
            "-1",
            "+1",
            "1.5",
            "%",
            "0%",
            "0.00%",
            ".5%",
            "5.%",
            "100.01%",
            "1.234%",
            "1 %",
            "1%%",
            "x",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<MaxErrorRows>(), Err(()), "{text}");
        }
    }
}
