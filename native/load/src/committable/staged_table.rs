//! What one writer staged for one checkpoint.

use super::wire::{FORMAT, MARKING, PLANNED, Reader, UPDATING, Writer, broken};
use crate::error::Result;

/// One writer's part of one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committable {
    /// The sink's id, as in the spec.
    pub sink: String,
    /// The writer attempt.
    pub attempt: String,
    /// The writer's number.
    pub subtask: u32,
    /// What it staged; nothing is a part too, since a committer learns from it which attempts live.
    pub tables: Vec<StagedTable>,
}

/// The rows of one target in one staging table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedTable {
    /// Schema and name of the target.
    pub target: (String, String),
    /// Schema and name of the staging table.
    pub staging: (String, String),
    /// Rows in it.
    pub rows: u64,
    /// The columns that are loaded.
    pub columns: Vec<String>,
    /// Values for GENERATED ALWAYS AS IDENTITY columns are among them.
    pub overriding: bool,
    /// What is needed for a merge; nothing where rows are added.
    pub merge: Option<Merged>,
    /// What the rows were made for; nothing where an older version made them.
    pub planned: Option<Planned>,
}

/// The target's definition, as it was when its rows were made for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Another one as soon as anything of it changed.
    pub stamp: String,
    /// The option 'sink.merge.allow-replace', or that targets get columns which rows on their way lack.
    pub allow_replace: bool,
    /// A merge updates rows that are there, else it replaces them.
    pub updates: bool,
    /// It may be either, as the target's definition says.
    pub free: bool,
    /// The column that marks a row instead of its being deleted, and whether it holds a time.
    pub soft_delete: Option<(String, bool)>,
}

impl Planned {
    /// It says what older formats have no place for.
    fn is_new(&self) -> bool {
        self.updates || self.free
    }
}

/// What a merge knows beside the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Key columns.
    pub keys: Vec<String>,
    /// Name of the column with the operation.
    pub op: String,
    /// Name of the column with the sequence number.
    pub seq: String,
    /// The lowest sequence number.
    pub first: i64,
    /// The highest one.
    pub last: i64,
    /// No key is there twice.
    pub unique: bool,
}

impl Committable {
    /// The bytes that cross.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let planned = self.tables.iter().any(|table| table.planned.is_some());
        let all = || self.tables.iter().filter_map(|table| table.planned.as_ref());
        let marking = all().any(|planned| planned.soft_delete.is_some());
        let updating = marking || all().any(Planned::is_new);
        let mut out = Writer::new(match (planned, updating, marking) {
            (_, _, true) => MARKING,
            (_, true, _) => UPDATING,
            (true, ..) => PLANNED,
            _ => FORMAT,
        });
        out.text(&self.sink);
        out.text(&self.attempt);
        out.number(u64::from(self.subtask));
        out.list(&self.tables, |out, table| {
            table.write(out);
            if planned {
                out.flag(table.planned.is_some());
            }
            if let Some(planned) = &table.planned {
                out.text(&planned.stamp);
                out.flag(planned.allow_replace);
                if updating {
                    out.flag(planned.updates);
                    out.flag(planned.free);
                }
                if marking {
                    out.flag(planned.soft_delete.is_some());
                }
                if let Some((column, time)) = &planned.soft_delete {
                    out.text(column);
                    out.flag(*time);
                }
            }
        });
        out.into_bytes()
    }

    /// # Errors
    /// Kind `Internal` for bytes that no version of this code wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let format =
            *bytes.first().filter(|first| [PLANNED, UPDATING, MARKING].contains(first)).unwrap_or(&FORMAT);
        let mut input = Reader::new(bytes, "a committable", format)?;
        let committable = Committable {
            sink: input.text()?,
            attempt: input.text()?,
            subtask: u32::try_from(input.number()?).map_err(|_| input.broken())?,
            tables: input.list(|input| StagedTable::read(input, format))?,
        };
        input.nothing_left()?;
        let mut planned = committable.tables.iter().filter_map(|table| table.planned.as_ref());
        let told = match format {
            FORMAT => true,
            PLANNED => planned.next().is_some(),
            MARKING => planned.any(|planned| planned.soft_delete.is_some()),
            _ => planned.any(Planned::is_new),
        };
        if told { Ok(committable) } else { Err(input.broken()) }
    }

    /// Reads the bytes as lower-case hexadecimal digits, which is how they stand in a spec text.
    ///
    /// # Errors
    /// As [`Committable::from_bytes`].
    pub fn from_hex(text: &str) -> Result<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        match bytes {
            Some(bytes) if rest.is_empty() => Self::from_bytes(&bytes),
            _ => Err(broken("a committable")),
        }
    }
}

impl StagedTable {
    fn write(&self, out: &mut Writer) {
        for name in [&self.target.0, &self.target.1, &self.staging.0, &self.staging.1] {
            out.text(name);
        }
        out.number(self.rows);
        out.texts(&self.columns);
        out.flag(self.overriding);
        out.flag(self.merge.is_some());
        if let Some(merge) = &self.merge {
            out.texts(&merge.keys);
            out.text(&merge.op);
            out.text(&merge.seq);
            out.number(merge.first.cast_unsigned());
            out.number(merge.last.cast_unsigned());
            out.flag(merge.unique);
        }
    }

    fn read(input: &mut Reader<'_>, format: u8) -> Result<Self> {
        Ok(StagedTable {
            target: (input.text()?, input.text()?),
            staging: (input.text()?, input.text()?),
            rows: input.number()?,
            columns: input.texts()?,
            overriding: input.flag()?,
            merge: if input.flag()? {
                Some(Merged {
                    keys: input.texts()?,
                    op: input.text()?,
                    seq: input.text()?,
                    first: input.number()?.cast_signed(),
                    last: input.number()?.cast_signed(),
                    unique: input.flag()?,
                })
            } else {
                None
            },
            planned: if format != FORMAT && input.flag()? {
                let (stamp, allow_replace) = (input.text()?, input.flag()?);
                let updating = format == UPDATING || format == MARKING;
                let (updates, free) = (updating && input.flag()?, updating && input.flag()?);
                let soft_delete = match format == MARKING && input.flag()? {
                    true => Some((input.text()?, input.flag()?)),
                    false => None,
                };
                Some(Planned { stamp, allow_replace, updates, free, soft_delete })
            } else {
                None
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn committable() -> Committable {
        let merge = Merged {
            keys: vec!["id".to_owned()],
            op: "pieclouddb_op".to_owned(),
            seq: "pieclouddb_seq".to_owned(),
            first: 7,
            last: i64::MAX,
            unique: true,
        };
        let table = |merge| StagedTable {
            target: ("public".to_owned(), "列 \"t".to_owned()),
            staging: ("pieclouddb_flink".to_owned(), "s".to_owned()),
            rows: 3,
            columns: vec!["id".to_owned(), String::new()],
            overriding: true,
            merge,
            planned: None,
        };
        Committable {
            sink: "0a".to_owned(),
            attempt: "beef".to_owned(),
            subtask: 3,
            tables: vec![table(None), table(Some(merge))],
        }
    }

    #[test]
    fn what_was_written_is_read_back_and_nothing_else_is_read() {
        let bytes = committable().to_bytes();
        assert_eq!(Committable::from_bytes(&bytes).expect("sound"), committable());
        for length in 0..bytes.len() {
            let error = Committable::from_bytes(&bytes[..length]).expect_err("too short");
            assert_eq!(error.kind(), Kind::Internal);
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Committable::from_bytes(&longer).is_err());
        let mut newer = bytes;
        newer[0] = MARKING + 1;
        assert!(Committable::from_bytes(&newer).expect_err("unknown").to_string().contains("version"));
    }

    #[test]
    fn hexadecimal_digits_are_read_in_lower_case_and_whole() {
        use std::fmt::Write;
        let hex = committable().to_bytes().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a text takes everything");
            hex
        });
        assert_eq!(Committable::from_hex(&hex).expect("sound"), committable());
        for wrong in
            [&hex[1..], &hex.to_uppercase(), &hex.replacen('0', "g", 1), &hex.replacen('0', "é", 1), ""]
        {
            assert_eq!(Committable::from_hex(wrong).expect_err("broken").kind(), Kind::Internal);
        }
    }

    #[test]
    fn bytes_that_lie_about_lengths_do_not_take_memory() {
        let mut out = Writer::new(FORMAT);
        out.number(u64::MAX);
        assert!(Committable::from_bytes(&out.into_bytes()).is_err());
    }
}
