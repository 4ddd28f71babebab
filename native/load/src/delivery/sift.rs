//! Rows that the target does not take are told apart from those that it does, in the transaction that merges them.
//!
//! Promise: when it returns, every good row is merged, and every bad one is left out as if it had never come: an older
//! version of its key counts then, as where the loader itself leaves a row out. What is left out stands in the table
//! for such rows, where there is one, in the same transaction. A part that fails is halved until the offending row is
//! alone, so it takes the server about two statements for each bad row and each halving. What fails because of other
//! rows (a foreign key, a unique index) is tried again behind those. Nothing that is told holds a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::DbError;

use crate::connection::connection::{Connection, Purpose, refused};
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::policy::{is_of_other_rows, may_be_of_rows};
use crate::sql::TableName;
use crate::sql::sift::{ErrorRowsInto, NAMED, Part, SiftSql, UNDO, attempt};

/// How often rows are tried again that other rows spoke against.
const PASSES: u32 = 8;

/// How often it is told that it goes on.
const TOLD: Duration = Duration::from_secs(30);

/// Why the server does not take a row, without a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    sqlstate: String,
}

impl Refusal {
    /// True where it is other rows that speak against the row.
    pub(crate) fn is_of_other_rows(&self) -> bool {
        is_of_other_rows(&self.sqlstate)
    }
}

/// The rows of one staging table.
pub(crate) struct Sift<'a> {
    connection: &'a Connection,
    sql: SiftSql<'a>,
    /// The target, quoted.
    target: &'a str,
    /// Where rows go that are left out, if anywhere.
    into: Option<ErrorRowsInto<'a>>,
    /// May so many rows be left out, of which some may be for other rows?
    may: &'a (dyn Fn(u64, bool) -> Result<()> + Sync),
    rows: u64,
    left_out: BTreeMap<Refusal, u64>,
    /// One for all rows that have it.
    reasons: BTreeSet<Arc<Refusal>>,
    told: Instant,
}

impl<'a> Sift<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        sql: SiftSql<'a>,
        (target, into): (&'a str, Option<ErrorRowsInto<'a>>),
        may: &'a (dyn Fn(u64, bool) -> Result<()> + Sync),
    ) -> Self {
        let (left_out, reasons, told) = (BTreeMap::new(), BTreeSet::new(), Instant::now());
        Sift { connection, sql, target, into, may, rows: 0, left_out, reasons, told }
    }

    /// Merges the rows that can be; how many were left out, by their reason.
    ///
    /// # Errors
    /// Whatever is no row's fault; kind `Data` where more rows would be left out than may be.
    pub(crate) async fn merge(mut self) -> Result<BTreeMap<Refusal, u64>> {
        let what = format!("tell apart the rows for {}", self.target);
        let numbered = self.connection.simple_query(Purpose::Long(&what), &self.sql.number_rows()).await?;
        let rows = numbered.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        let rows: i64 = rows.ok_or_else(|| Error::new(Kind::Internal, format!("{what}: no number")))?;
        self.rows = rows.unsigned_abs();
        let all = Part::pieces(rows);
        if !self.sql.text_columns().is_empty() {
            let unread = Box::pin(self.refused(all.clone(), &|sql, part| sql.read_texts(part, None))).await?;
            self.leave_out(&unread).await?;
        }
        self.run(&self.sql.first_round()).await?;
        let (mut round, mut parts) = (0, all);
        loop {
            let merge = move |sql: &SiftSql<'_>, part: &Part| sql.merge(round, part);
            let mut refused = Box::pin(self.refused(parts, &merge)).await?;
            for _pass in 0..PASSES {
                let (later, lasting): (Vec<_>, Vec<_>) =
                    refused.into_iter().partition(|(_, why)| why.is_of_other_rows());
                let tried = later.len();
                let later: Vec<_> = later.into_iter().map(|(number, _)| number).collect();
                let later = later.chunks(NAMED).map(|some| Part::Listed(some.to_vec())).collect();
                let mut left = Box::pin(self.refused(later, &merge)).await?;
                let settled = left.len() == tried;
                left.extend(lasting);
                refused = left;
                if settled {
                    break;
                }
            }
            if refused.is_empty() {
                return Ok(self.left_out);
            }
            self.leave_out(&refused).await?;
            if round == 0 {
                let narrow = self.sql.narrow();
                self.run(&narrow).await?;
            }
            round += 1;
            self.run(&self.sql.later_round(round)).await?;
            parts = self.parts(round, rows).await?;
        }
    }

    /// What is to be tried in a later round: few rows among many are named, which saves looking for them.
    async fn parts(&self, round: u32, last: i64) -> Result<Vec<Part>> {
        let what = format!("tell apart the rows for {}", self.target);
        let answer = self.connection.simple_query(Purpose::Long(&what), &self.sql.numbers(round)).await?;
        let numbers: Vec<i64> = answer
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
                _ => None,
            })
            .collect();
        Ok(if numbers.len() > NAMED { Part::pieces(last) } else { vec![Part::Listed(numbers)] })
    }

    /// The rows of `all` that the statements of `of` fail for, and why; they have succeeded for all others.
    async fn refused(
        &mut self,
        mut parts: Vec<Part>,
        of: &(dyn Fn(&SiftSql<'_>, &Part) -> String + Sync),
    ) -> Result<Vec<(i64, Arc<Refusal>)>> {
        let (mut refused, mut of_others) = (Vec::new(), false);
        // In their order.
        parts.reverse();
        let before: u64 = self.left_out.values().sum();
        while let Some(part) = parts.pop() {
            if part.number().is_none() {
                continue;
            }
            let Some(mut why) = self.attempt(&of(&self.sql, &part)).await? else { continue };
            if let Some((first, second)) = part.halves() {
                parts.extend([second, first]);
                continue;
            }
            failpoint::hit("sift.refused")?;
            if let Some(column) = self.unread_column(&part).await? {
                why = column;
            }
            of_others |= why.is_of_other_rows();
            let why = self.shared(why);
            refused.extend(part.number().map(|number| (number, why)));
            let found = before + u64::try_from(refused.len()).unwrap_or(u64::MAX);
            (self.may)(found, of_others)?;
            if self.told.elapsed() >= TOLD {
                self.told = Instant::now();
                log::info!(
                    target: "flush",
                    "{}: {found} of {} rows cannot be stored as far as they are told apart",
                    self.target,
                    self.rows
                );
            }
        }
        Ok(refused)
    }

    /// Which column's text it is that the server cannot read, if it is one: it says no more than that a text is none.
    async fn unread_column(&self, part: &Part) -> Result<Option<Refusal>> {
        for column in self.sql.text_columns() {
            if let Some(mut why) = self.attempt(&self.sql.read_texts(part, Some(column))).await? {
                why.reason = reason(self.target, (&why.sqlstate, Some(column.quoted()), None));
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    fn shared(&mut self, why: Refusal) -> Arc<Refusal> {
        let why = Arc::new(why);
        if let Some(known) = self.reasons.get(&why) {
            return Arc::clone(known);
        }
        self.reasons.insert(Arc::clone(&why));
        why
    }

    async fn attempt(&self, statements: &str) -> Result<Option<Refusal>> {
        attempted(self.connection, self.target, statements).await
    }

    async fn leave_out(&mut self, refused: &[(i64, Arc<Refusal>)]) -> Result<()> {
        let mut by_reason: BTreeMap<&Refusal, Vec<i64>> = BTreeMap::new();
        for (number, why) in refused {
            by_reason.entry(why).or_default().push(*number);
        }
        for (why, numbers) in by_reason {
            for numbers in numbers.chunks(NAMED) {
                if let Some(into) = self.into {
                    let told = (why.reason.as_str(), why.sqlstate.as_str());
                    let kept = self.run(&self.sql.keep(numbers, told, into)).await;
                    kept.map_err(|error| without_table(error, into.table))?;
                }
                self.run(&self.sql.leave_out(numbers)).await?;
            }
            let count = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
            *self.left_out.entry(why.clone()).or_default() += count;
        }
        Ok(())
    }

    async fn run(&self, statements: &str) -> Result<()> {
        let what = format!("tell apart the rows for {}", self.target);
        self.connection.execute(Purpose::Long(&what), statements).await
    }
}

/// The code where rows may be all that the server has against the statements, of which nothing was done then.
pub(crate) async fn tried(
    connection: &Connection,
    target: &TableName,
    statements: &str,
) -> Result<Option<String>> {
    let why = Box::pin(attempted(connection, target.quoted(), statements)).await?;
    Ok(why.map(|why| why.sqlstate))
}

/// Nothing where the statements succeed; else nothing of them was done.
async fn attempted(connection: &Connection, target: &str, statements: &str) -> Result<Option<Refusal>> {
    let what = format!("merge into {target}");
    let answer = connection.try_simple_query(Purpose::Long(&what), &attempt(statements)).await?;
    let why = match &answer {
        Ok(_) => return Ok(None),
        Err(error) => error.as_db_error().filter(|db| may_be_of_rows(db.code().code())),
    };
    let Some(why) = why.map(|db| refusal(target, db)) else { return refused(&what, answer).map(|_| None) };
    connection.execute(Purpose::Long(&what), UNDO).await?;
    Ok(Some(why))
}

/// A table for such rows that somebody dropped is made when the job has restarted. The target may be waited for, this
/// one not.
fn without_table(error: Error, table: &TableName) -> Error {
    if !matches!(error.sqlstate(), Some("42P01" | "3F000")) {
        return error;
    }
    let text = format!(
        "the table {} for rows that cannot be stored ('sink.error-rows.table-name') is missing: it was dropped while the job \
         ran, and is made anew when the job has restarted",
        table.quoted()
    );
    Error::new(Kind::Server, text)
}

fn refusal(target: &str, db: &DbError) -> Refusal {
    let sqlstate = db.code().code();
    let column = db.column().map(|column| format!("{column:?}"));
    let reason = reason(target, (sqlstate, column.as_deref(), db.constraint()));
    Refusal { reason, sqlstate: sqlstate.to_owned() }
}

/// Table, quoted column or constraint, and what the code means: the server's own words quote values.
fn reason(target: &str, (sqlstate, column, constraint): (&str, Option<&str>, Option<&str>)) -> String {
    let mut text = format!("table {target}");
    if let Some(column) = column {
        text += &format!(", column {column}");
    }
    if let Some(constraint) = constraint {
        text += &format!(", constraint {constraint:?}");
    }
    format!("{text}: {}", meaning(sqlstate))
}

fn meaning(sqlstate: &str) -> &'static str {
    match sqlstate {
        "22001" | "22026" => "the text is longer than the column, or shorter than it has to be",
        "22003" => "the number is out of range",
        "22007" | "22008" => "the date or time is none, or out of range",
        "22P02" | "22P03" | "22P05" | "22032" => "the text is none that the column's type can read",
        "23502" => "NULL in a column that is NOT NULL",
        "23503" => "a foreign key: the row that it is to point at is missing, or the row is pointed at",
        "23505" => "another row has the same value of a unique index",
        "23514" => "it breaks a CHECK",
        "23P01" => "another row excludes it",
        "44000" => "it breaks the condition of a view",
        _ if sqlstate.starts_with("54") => "it is beyond a limit of the server",
        _ if sqlstate.starts_with("23") => "it breaks a constraint",
        _ => "a value is none that the column's type takes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_what_refuses_and_nothing_else() {
        let told = reason("\"s\".\"t\"", ("23514", None, Some("positive")));
        assert_eq!(told, "table \"s\".\"t\", constraint \"positive\": it breaks a CHECK");
        let told = reason("\"s\".\"t\"", ("22P02", Some("\"at\""), None));
        assert_eq!(
            told,
            "table \"s\".\"t\", column \"at\": the text is none that the column's type can read"
        );
        assert!(may_be_of_rows("22P02") && !may_be_of_rows("40001") && !may_be_of_rows("42601"));
    }
}
