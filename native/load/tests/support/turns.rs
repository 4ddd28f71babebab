//! Which of the cases of a test run on the line of the server at hand.
//!
//! A table of cases takes as long on each line. In `./test` each case of such a test is on one line only, by turns:
//! the oldest, which the run with `PIE_PG` has every test on, and those that the test names. Promises: every case
//! runs in each `./test`; all run on each line where `PIE_LONG` is not `false`, that is in `./test all` and where a
//! test runs by itself.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The turns of one line.
pub struct Turns {
    lines: u64,
    own: u64,
}

impl Turns {
    /// Those of `line`, one of `wanted`; of the oldest where the run has every test on that.
    pub fn of(line: u32, wanted: &[u32]) -> Self {
        if std::env::var("PIE_LONG").as_deref() != Ok("false") {
            return Turns { lines: 1, own: 0 };
        }
        let own = match super::server::line_of_run() {
            Some(_) => 0,
            None => 1 + wanted.iter().position(|each| *each == line).unwrap(),
        };
        Turns { lines: 1 + wanted.len() as u64, own: own as u64 }
    }

    /// Whether a case is on this line, by what tells it from the others.
    pub fn include(&self, case: impl Hash) -> bool {
        // The same in each process, whatever other cases a table has.
        let mut hasher = DefaultHasher::new();
        case.hash(&mut hasher);
        hasher.finish() % self.lines == self.own
    }
}
