//! How long what exactly-once keeps on the server lives: when it is looked through, and what becomes of a table then.
//!
//! It asks nobody and knows no clock, so that a year can be gone through in a test. Promise: however long a job runs
//! and however often it fails, there are no more entries and tables than one retention's.

use std::time::Duration;

/// How often a sink looks through what it has.
const EVERY: Duration = Duration::from_secs(600);

/// Whether it is time, where the last look was so long ago, at a manifest of the same attempts or of others.
pub(super) fn is_due(last: Option<(Duration, bool)>) -> bool {
    last.is_none_or(|(ago, same_attempts)| !same_attempts || ago >= EVERY)
}

/// What becomes of a staging table of an attempt that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its rows may be wanted by a savepoint; it is marked already.
    Stays,
    /// The same, from now on.
    IsMarked,
    /// Nobody can want it.
    Goes,
}

/// Of a table that is empty or not, and was marked so long ago.
pub(super) fn fate(empty: bool, marked: Option<Duration>, retention: Duration) -> Fate {
    match marked {
        _ if empty => Fate::Goes,
        Some(ago) if ago >= retention => Fate::Goes,
        None if retention.is_zero() => Fate::Goes,
        Some(_) => Fate::Stays,
        None => Fate::IsMarked,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::sql::FORGOTTEN_AT_ONCE;

    const DAY: u32 = 86_400;
    const YEAR: u32 = 365 * DAY;
    const LEDGER_DAYS: u32 = 30;
    const STAGING_DAYS: u32 = 7;
    const WRITERS: u32 = 4;

    /// Everything that the server holds of one sink.
    #[derive(Default)]
    struct Server {
        /// Seconds at which a manifest was entered.
        ledger: VecDeque<u32>,
        /// Of attempts that are gone: whether there are rows in it, and when it was marked.
        gone: Vec<(bool, Option<u32>)>,
        /// Of the attempt that lives: which have rows.
        living: Vec<bool>,
        most_statements: u64,
    }

    impl Server {
        /// The attempt fails while it has up to three epochs outstanding; each of its tables is somebody's now.
        fn fail(&mut self) {
            self.gone.extend(self.living.drain(..).map(|rows| (rows, None)));
        }

        fn sweep(&mut self, now: u32) {
            let mut statements = 0;
            loop {
                let old = |at: &u32| now - at > LEDGER_DAYS * DAY;
                let count = self.ledger.iter().take_while(|at| old(at)).take(10_000).count();
                self.ledger.drain(..count);
                statements += 1;
                if (count as u64) < FORGOTTEN_AT_ONCE {
                    break;
                }
            }
            let seconds = |count: u32| Duration::from_secs(u64::from(count));
            self.gone.retain_mut(|(rows, marked)| {
                let fate = fate(!*rows, marked.map(|at| seconds(now - at)), seconds(STAGING_DAYS * DAY));
                if fate == Fate::IsMarked {
                    *marked = Some(now);
                }
                fate != Fate::Goes
            });
            self.most_statements = self.most_statements.max(statements);
        }
    }

    /// 31.5 million checkpoints of a second each, a failure every six hours, a week of standing still, and in a bad
    /// hour a failure a minute. Prints the table of docs/operations.md.
    #[allow(clippy::print_stdout)]
    #[test]
    fn a_year_of_one_second_checkpoints_needs_no_more_than_a_month_of_them() {
        assert_eq!(FORGOTTEN_AT_ONCE, 10_000);
        let mut server = Server::default();
        let mut swept: Option<(u32, u32)> = None;
        let mut attempt = 0;
        let (mut sweeps, mut month) = (0_u32, (0, 0));
        for now in 0..YEAR {
            let bad_hour = now % (30 * DAY) < 3600;
            if now % (6 * 3600) == 17 || bad_hour && now % 60 == 17 {
                server.fail();
                attempt += 1;
            }
            let stands_still = (200 * DAY..207 * DAY).contains(&now);
            if stands_still {
                continue;
            }
            // One epoch is written while another one waits for its commit; some have none when the attempt fails.
            server.living.resize(usize::try_from(2 * WRITERS).expect("small"), false);
            let half = server.living.len() / 2;
            server.living[..half].fill(now % 3 != 0);
            server.ledger.push_back(now);
            let last = swept.map(|(at, of)| (Duration::from_secs(u64::from(now - at)), of == attempt));
            if is_due(last) {
                server.sweep(now);
                swept = Some((now, attempt));
                sweeps += 1;
            }
            month = (month.0.max(server.ledger.len()), month.1.max(server.gone.len()));
            if now % (73 * DAY) == 73 * DAY - 1 {
                println!(
                    "| {} | {} | {} | {} | {sweeps} |",
                    (now + 1) / DAY,
                    server.ledger.len(),
                    server.gone.len(),
                    server.most_statements
                );
            }
            let ledger_bound = usize::try_from(LEDGER_DAYS * DAY + 601).expect("small");
            assert!(server.ledger.len() <= ledger_bound, "second {now}: {}", server.ledger.len());
            // A week of failures, the bad hour's among them.
            let failures = STAGING_DAYS * 4 + 60 + 2;
            assert!(
                server.gone.len() <= usize::try_from(failures * WRITERS).expect("small"),
                "second {now}: {}",
                server.gone.len()
            );
        }
        println!("at most {} entries and {} tables of attempts that are gone", month.0, month.1);
        // A week's entries are forgotten at once after the standstill, in so many steps.
        assert!(server.most_statements <= 62, "{}", server.most_statements);
    }

    #[test]
    fn a_table_with_rows_stays_for_its_retention_and_an_empty_one_not_at_all() {
        let day = Duration::from_secs(u64::from(DAY));
        assert_eq!(fate(true, None, day), Fate::Goes);
        assert_eq!(fate(false, None, day), Fate::IsMarked);
        assert_eq!(fate(false, Some(day / 2), day), Fate::Stays);
        assert_eq!(fate(false, Some(day), day), Fate::Goes);
        assert_eq!(fate(false, None, Duration::ZERO), Fate::Goes);
    }
}
