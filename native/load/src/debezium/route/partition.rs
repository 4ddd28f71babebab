//! Which partition a record belongs to: its table and a hash of its key, found by a scan where that is sure and by
//! parsing where it is not.
//!
//! Promise: changes of equal keys get equal hashes, however the JSON spells them, and never is the hash finer than the
//! equality of the server, which may be that of a collation, of citext or of a uuid; a column that is widened changes
//! no hash. The hash is the same in every process of one build, and in every table: who spreads tables adds the table
//! to it. An update that changes its key concerns two partitions and says so. It does not choose the number of
//! partitions.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::key::hash_key;
use super::scan::{columns, scan};
use crate::debezium::SourceType;
use crate::debezium::read::event::{Change, Event, Op, RawRow};
use crate::debezium::read::json::{Scalar, key_values};
use crate::debezium::read::value::{Buffers, Decimals};
use crate::error::{Error, Kind, Result};

/// A column of a table's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyColumn {
    /// Its name in the source.
    pub name: String,
    /// Its type.
    pub source_type: SourceType,
}

/// Where a record belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// To the partition of a key.
    Key {
        /// The table's number, in the order of [`Partitions::add`].
        table: usize,
        /// Of the key that the record puts or removes.
        hash: u64,
        /// An update changed the key: the old one is to be removed where this hash belongs, before the new one can
        /// be put by whoever owned the old one.
        moved_from: Option<u64>,
    },
    /// A delete that came without the row; only the record's key says what is gone.
    Keyed {
        /// The table's number.
        table: usize,
        /// Of the key.
        hash: u64,
    },
    /// To all partitions of a table: it was truncated.
    Table(usize),
    /// To a table that was not added.
    Unknown,
    /// To no table: a change of tables, or nothing to load.
    Other,
}

/// The tables that records may belong to.
#[derive(Clone, Debug, Default)]
pub struct Partitions {
    tables: Vec<Table>,
    by_name: HashTable<usize>,
}

#[derive(Clone, Debug)]
struct Table {
    database: String,
    name: String,
    hash: u64,
    key: Vec<KeyColumn>,
    decimals: Decimals,
}

impl Partitions {
    /// Adds a table and gives it a number; one that is there gets the new key and keeps its number.
    pub fn add(&mut self, database: &str, table: &str, key: Vec<KeyColumn>, decimals: Decimals) -> usize {
        let hash = hash_names(database.as_bytes(), table.as_bytes());
        let new = Table { database: database.to_owned(), name: table.to_owned(), hash, key, decimals };
        if let Some(number) = self.number(database.as_bytes(), table.as_bytes()) {
            if let Some(known) = self.tables.get_mut(number) {
                *known = new;
            }
            return number;
        }
        let number = self.tables.len();
        self.tables.push(new);
        let tables = &self.tables;
        self.by_name.insert_unique(hash, number, |other| tables.get(*other).map_or(0, |table| table.hash));
        number
    }

    #[inline]
    fn number(&self, database: &[u8], table: &[u8]) -> Option<usize> {
        let same = |number: &usize| {
            self.tables
                .get(*number)
                .is_some_and(|known| known.name.as_bytes() == table && known.database.as_bytes() == database)
        };
        self.by_name.find(hash_names(database, table), same).copied()
    }

    /// Finds a record's partition; `key` is the record's key, for deletes that come without the row.
    ///
    /// # Errors
    /// Kind `Data` for a malformed record, and for one whose key cannot be read.
    pub fn find(&self, record: &[u8], key: Option<&[u8]>) -> Result<Partition> {
        match self.by_scan(record) {
            Some(partition) => Ok(partition),
            None => self.by_parsing(record, key),
        }
    }

    /// `None` where the scan is not sure.
    pub(crate) fn by_scan(&self, record: &[u8]) -> Option<Partition> {
        let scanned = scan(record)?;
        let Some(number) = self.number(scanned.database, scanned.table) else {
            return matches!(scanned.op, b"c" | b"r" | b"u" | b"d" | b"t").then_some(Partition::Unknown);
        };
        let table = self.tables.get(number)?;
        let (decisive, other) = match scanned.op {
            b"c" | b"r" => (scanned.after?, None),
            b"u" => (scanned.after?, scanned.before),
            b"d" => (scanned.before?, None),
            b"t" => return Some(Partition::Table(number)),
            _ => return None,
        };
        let hash = table.scan(decisive)?;
        let old = match other {
            Some(row) => Some(table.scan(row)?),
            None => None,
        };
        Some(Partition::Key { table: number, hash, moved_from: old.filter(|old| *old != hash) })
    }

    pub(crate) fn by_parsing(&self, record: &[u8], key: Option<&[u8]>) -> Result<Partition> {
        let change = match Event::parse(record)? {
            Event::Change(change) => change,
            Event::Schema(_) | Event::Ignored(_) => return Ok(Partition::Other),
        };
        let known = self.number(change.database.as_bytes(), change.table.as_bytes());
        let Some((number, table)) = known.and_then(|number| Some((number, self.tables.get(number)?))) else {
            return Ok(Partition::Unknown);
        };
        let decisive = match change.op {
            Op::Truncate => return Ok(Partition::Table(number)),
            Op::Delete => match (change.before, key) {
                (None, Some(key)) => {
                    return Ok(Partition::Keyed { table: number, hash: table.parse(RawRow::of_key(key)?)? });
                }
                (before, _) => before,
            },
            Op::Create | Op::Read | Op::Update => change.after,
        };
        let decisive = decisive.ok_or_else(|| table.wrong("the record has no row and no key"))?;
        let hash = table.parse(decisive)?;
        let old = match change {
            Change { op: Op::Update, before: Some(before), .. } => Some(table.parse(before)?),
            _ => None,
        };
        Ok(Partition::Key { table: number, hash, moved_from: old.filter(|old| *old != hash) })
    }
}

impl Table {
    /// The hash of a row's key, where the scan is sure.
    #[inline]
    fn scan(&self, row: &[u8]) -> Option<u64> {
        // Keys of more columns are rare, and parsed.
        let mut found = [&b""[..]; 8];
        let found = found.get_mut(..self.key.len())?;
        columns(row, |name| self.key.iter().position(|column| column.name.as_bytes() == name), found)?;
        let values = found.iter().map(|value| std::str::from_utf8(value).ok());
        self.hash(values)
    }

    fn parse(&self, row: RawRow<'_>) -> Result<u64> {
        let names: Vec<&str> = self.key.iter().map(|column| column.name.as_str()).collect();
        let values = key_values(row.0, &names)
            .ok_or_else(|| self.wrong("a row is malformed or has a column twice"))?;
        self.hash(values.into_iter())
            .ok_or_else(|| self.wrong("a column of the key is missing, NULL or malformed"))
    }

    #[inline]
    fn hash<'a>(&self, values: impl Iterator<Item = Option<&'a str>>) -> Option<u64> {
        let mut hasher = STATE.build_hasher();
        let mut buffers = Buffers::default();
        for (column, value) in self.key.iter().zip(values) {
            hasher.write_u64(hash_key(column.source_type, self.decimals, Scalar::of(value?), &mut buffers)?);
        }
        Some(hasher.finish())
    }

    #[cold]
    fn wrong(&self, reason: &str) -> Error {
        Error::new(Kind::Data, format!("source table {}.{}: {reason}", self.database, self.name))
    }
}

/// Fixed, so that every process finds the same partition.
const STATE: FixedState = FixedState::with_seed(0x5bd1_e995);

#[inline]
fn hash_names(database: &[u8], table: &[u8]) -> u64 {
    let mut hasher = STATE.build_hasher();
    hasher.write(database);
    hasher.write(table);
    hasher.finish()
}

#[cfg(test)]
#[path = "partition_tests.rs"]
mod tests;
