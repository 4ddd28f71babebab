//! Which of the staged rows does the target not take? Statements that try rows of a range of numbers, so that whoever
//! asks can halve it.
//!
//! Temporary tables of the transaction, four at most however many rounds there are, since each holds locks until its
//! end: all rows as they were staged, numbered; from the second round on those of the keys that have a row which was
//! left out; and, for two rounds in turn, the newest of each key that is still in question, with the target's types. A
//! row that is left out is taken out of the former, so that the next newest of its key is what counts then, as if it
//! had never come. Every attempt is a savepoint, with deferred constraints checked in it. The caller owns the
//! transaction.

use std::fmt::Write;
use std::ops::RangeInclusive;

use super::dialect::Dialect;
use super::merge::MergeSql;
use crate::ident::{Ident, TableName, list, literal};

const SAVEPOINT: &str = "pieclouddb_sift";

/// Rows that are tried together at most: an attempt that fails costs as much as one that does not.
const PIECE: i64 = 10_000;

/// Rows that are named one by one in a statement at most.
pub(crate) const NAMED: usize = 1000;

/// Undoes an attempt that failed.
pub(crate) const UNDO: &str = "ROLLBACK TO SAVEPOINT pieclouddb_sift; RELEASE SAVEPOINT pieclouddb_sift";

/// The statements, as one attempt.
pub(crate) fn attempt(statements: &str) -> String {
    format!(
        "SAVEPOINT {SAVEPOINT}; {statements}; SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT {SAVEPOINT}"
    )
}

/// Some of the staged rows, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those that are there of a range.
    Range(RangeInclusive<i64>),
    /// These.
    Listed(Vec<i64>),
}

impl Part {
    /// All numbers up to this one, in ranges of which most will have no bad row where few have one.
    pub(crate) fn pieces(last: i64) -> Vec<Part> {
        let mut pieces = Vec::new();
        let mut first = 1;
        while first <= last {
            let end = last.min(first + PIECE - 1);
            pieces.push(Part::Range(first..=end));
            first = end + 1;
        }
        pieces
    }

    /// The halves; none of a single number.
    pub(crate) fn halves(&self) -> Option<(Part, Part)> {
        match self {
            Part::Range(range) => {
                let (first, last) = (*range.start(), *range.end());
                let middle = first + (last - first) / 2;
                (first < last).then(|| (Part::Range(first..=middle), Part::Range(middle + 1..=last)))
            }
            Part::Listed(numbers) => {
                let (first, second) = numbers.split_at(numbers.len() / 2);
                (!first.is_empty()).then(|| (Part::Listed(first.to_vec()), Part::Listed(second.to_vec())))
            }
        }
    }

    /// The number of a part that has no halves.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Part::Range(range) => Some(*range.start()),
            Part::Listed(numbers) => numbers.first().copied(),
        }
    }

    fn of(&self, number: &str) -> String {
        match self {
            Part::Range(range) => format!("{number} BETWEEN {} AND {}", range.start(), range.end()),
            Part::Listed(numbers) => one_of(number, numbers),
        }
    }
}

fn one_of(number: &str, numbers: &[i64]) -> String {
    let mut text = format!("{number} IN (");
    for (index, number) in numbers.iter().enumerate() {
        // Writing into a String never fails.
        let _written = write!(text, "{}{number}", if index > 0 { ", " } else { "" });
    }
    text + ")"
}

/// Where rows go that are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorRowsInto<'a> {
    /// The table for them.
    pub(crate) table: &'a TableName,
    /// The sink's id.
    pub(crate) sink: &'a str,
    /// The target as it is told.
    pub(crate) target: &'a str,
}

/// The statements for the rows of one staging table.
#[derive(Debug)]
pub(crate) struct SiftSql<'a> {
    merge: &'a MergeSql,
    rows: String,
    /// The tables with the newest rows of two rounds.
    newest: [String; 2],
    indexes: bool,
}

impl<'a> SiftSql<'a> {
    /// `number` names the temporary tables; it must be unique within a transaction.
    pub(crate) fn new(merge: &'a MergeSql, number: u32, dialect: Dialect) -> Self {
        SiftSql {
            merge,
            rows: format!("pg_temp.pieclouddb_rows_{number}"),
            newest: [0, 1].map(|turn| format!("pg_temp.pieclouddb_newest_{number}_{turn}")),
            indexes: dialect.enforces_unique(),
        }
    }

    /// Numbers the staged rows from 1 in their order, and answers with their number.
    pub(crate) fn number_rows(&self) -> String {
        let MergeSql { columns, op, seq, staging, .. } = self.merge;
        let (op, seq) = (op.quoted(), seq.quoted());
        let columns = list(columns.iter().map(|column| &column.name));
        let rows = &self.rows;
        format!(
            "CREATE TEMP TABLE {rows} ON COMMIT DROP AS SELECT {columns}, {op}, pg_catalog.row_number() OVER (ORDER BY \
             {seq}) AS {seq} FROM {staging}; {}; SELECT pg_catalog.count(*) FROM {rows}",
            self.prepared(rows)
        )
    }

    /// A small range is to be found without reading all, and the target's rows of its keys too.
    fn prepared(&self, table: &str) -> String {
        let seq = self.merge.seq.quoted();
        let index = if self.indexes { format!("CREATE INDEX ON {table} ({seq}); ") } else { String::new() };
        format!("{index}ANALYZE {table}")
    }

    /// The columns that are staged as text.
    pub(crate) fn text_columns(&self) -> Vec<&Ident> {
        let texts = self.merge.columns.iter().filter(|column| column.read_as.is_some());
        texts.map(|column| &column.name).collect()
    }

    /// Reads the texts of `part` as the target's types: all of them, or those of one column.
    pub(crate) fn read_texts(&self, part: &Part, only: Option<&Ident>) -> String {
        let texts = self.merge.columns.iter().filter(|column| only.is_none_or(|only| column.name == *only));
        let texts = texts.filter_map(|column| {
            let read_as = column.read_as.as_ref()?;
            Some(format!("pg_catalog.count({}::{read_as})", column.name.quoted()))
        });
        let texts = texts.collect::<Vec<_>>().join(", ");
        format!("SELECT {texts} FROM {} WHERE {}", self.rows, part.of(self.merge.seq.quoted()))
    }

    /// The newest row of each key becomes what is tried in the first round, which has number 0.
    pub(crate) fn first_round(&self) -> String {
        let newest = &self.newest[0];
        format!(
            "CREATE TEMP TABLE {newest} ON COMMIT DROP AS {}; {}",
            self.newest_rows(""),
            self.prepared(newest)
        )
    }

    /// Behind the first round: from now on only rows of keys matter of which a row was left out, and are read.
    pub(crate) fn narrow(&mut self) -> String {
        let seq = self.merge.seq.quoted();
        let (rows, narrow, read) = (&self.rows, format!("{}_again", self.rows), self.merge.read_columns());
        let [first, second] = &self.newest;
        let create = format!(
            "CREATE TEMP TABLE {narrow} ON COMMIT DROP AS SELECT * FROM {rows} WHERE {seq} IN (SELECT {seq} FROM (SELECT {read} \
             FROM {rows}) AS read{}); {}; CREATE TEMP TABLE {second} ON COMMIT DROP AS SELECT * FROM {first} WITH NO DATA; {}",
            self.of_keys_again(first),
            self.prepared(&narrow),
            self.prepared(second)
        );
        self.rows = narrow;
        create
    }

    /// What is tried in a later round: the keys again of which a row was left out of the round before.
    pub(crate) fn later_round(&self, round: u32) -> String {
        let (before, now) = (self.newest(round - 1), self.newest(round));
        format!("DELETE FROM {now}; INSERT INTO {now} {}", self.newest_rows(&self.of_keys_again(before)))
    }

    fn newest(&self, round: u32) -> &str {
        &self.newest[usize::from(round % 2 == 1)]
    }

    fn newest_rows(&self, of: &str) -> String {
        let MergeSql { columns, keys, op, seq, .. } = self.merge;
        let (op, seq, keys) = (op.quoted(), seq.quoted(), list(keys));
        let names = list(columns.iter().map(|column| &column.name));
        let (rows, read) = (&self.rows, self.merge.read_columns());
        format!(
            "SELECT DISTINCT ON ({keys}) {names}, {op}, {seq} FROM (SELECT {read} FROM {rows}) AS read{of} ORDER BY {keys}, \
             {seq} DESC"
        )
    }

    /// A row that was left out is no longer among the others.
    fn of_keys_again(&self, before: &str) -> String {
        let MergeSql { keys, seq, equalities, .. } = self.merge;
        let (columns, seq, rows) = (list(keys), seq.quoted(), &self.rows);
        let again = format!(
            "SELECT {columns} FROM {before} AS tried WHERE NOT EXISTS (SELECT 1 FROM {rows} AS r WHERE r.{seq} = tried.{seq})"
        );
        format!(" WHERE {}", equalities.among("read", keys, &again))
    }

    /// The numbers of what is tried in a round, if they are few enough to be named.
    pub(crate) fn numbers(&self, round: u32) -> String {
        let seq = self.merge.seq.quoted();
        format!("SELECT {seq} FROM {} ORDER BY {seq} LIMIT {}", self.newest(round), NAMED + 1)
    }

    /// Merges the rows of `part` of a round.
    pub(crate) fn merge(&self, round: u32, part: &Part) -> String {
        let part = part.of(self.merge.seq.quoted());
        self.merge.merge_of(&format!("(SELECT * FROM {} WHERE {part})", self.newest(round)))
    }

    /// Adds rows to the table for such.
    pub(crate) fn keep(
        &self,
        numbers: &[i64],
        (reason, sqlstate): (&str, &str),
        into: ErrorRowsInto<'_>,
    ) -> String {
        let MergeSql { columns, keys, op, seq, .. } = self.merge;
        let json = |columns: String| {
            format!("(SELECT pg_catalog.row_to_json(shown)::text FROM (SELECT {columns}) AS shown)")
        };
        let of_row = |names: &mut dyn Iterator<Item = &Ident>| {
            names.map(|name| format!("r.{}", name.quoted())).collect::<Vec<_>>().join(", ")
        };
        let (key, row) = (of_row(&mut keys.iter()), of_row(&mut columns.iter().map(|column| &column.name)));
        let [sink, target, reason, sqlstate] = [into.sink, into.target, reason, sqlstate].map(literal);
        format!(
            "INSERT INTO {} (met_at, sink, target, operation, \"key\", \"row\", reason, sqlstate) SELECT \
             pg_catalog.clock_timestamp(), {sink}, {target}, CASE r.{} WHEN 1 THEN '+U' ELSE '-D' END, {}, {}, {reason}, \
             {sqlstate} FROM {} AS r WHERE {}",
            into.table.quoted(),
            op.quoted(),
            json(key),
            json(row),
            self.rows,
            one_of(&format!("r.{}", seq.quoted()), numbers)
        )
    }

    /// Takes rows out of what is staged.
    pub(crate) fn leave_out(&self, numbers: &[i64]) -> String {
        format!("DELETE FROM {} WHERE {}", self.rows, one_of(self.merge.seq.quoted(), numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_all_numbers() {
        assert_eq!(Part::pieces(0), []);
        assert_eq!(Part::pieces(1), [Part::Range(1..=1)]);
        assert_eq!(Part::pieces(PIECE + 1), [Part::Range(1..=PIECE), Part::Range(PIECE + 1..=PIECE + 1)]);
    }

    #[test]
    fn halves_of_a_part_are_all_of_it_and_end_with_one_number() {
        let range = Part::Range(3..=7);
        assert_eq!(range.halves(), Some((Part::Range(3..=5), Part::Range(6..=7))));
        assert_eq!((Part::Range(9..=9).halves(), Part::Range(9..=9).number()), (None, Some(9)));
        let listed = Part::Listed(vec![1, 5, 9]);
        assert_eq!(listed.halves(), Some((Part::Listed(vec![1]), Part::Listed(vec![5, 9]))));
        assert_eq!(Part::Listed(vec![4]).halves(), None);
        assert_eq!(listed.of("n"), "n IN (1, 5, 9)");
    }
}
