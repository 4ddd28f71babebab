//! The text of a row cut into its columns' values, in one pass, without an allocation per value.
//!
//! Promise: each column stands once in a row; a column that nobody told of is found, because leaving it out would lose
//! data in silence.

use std::fmt;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::Scalar;
use super::value::{self, Buffers, Decimals};
use crate::copy::Fields;
use crate::copy::characters::Characters;
use crate::copy::value::{Fault, Value};
use crate::debezium::SourceType;
use crate::types::Codec;

/// The source's columns in their order, each with its place in the plan.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    names: Vec<(String, Option<usize>)>,
    by_name: HashMap<String, usize, FixedState>,
    /// How many are loaded.
    places: usize,
}

impl Columns {
    /// `None` as a place: known, and not loaded.
    pub(crate) fn new(names: Vec<(String, Option<usize>)>) -> Self {
        let by_name =
            names.iter().enumerate().map(|(position, (name, _))| (name.clone(), position)).collect();
        let places = names.iter().filter_map(|(_, place)| *place).max().map_or(0, |last| last + 1);
        Columns { names, by_name, places }
    }

    /// The columns that are loaded, with their places.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names.iter().filter_map(|(name, place)| Some((name.as_str(), (*place)?)))
    }

    /// A row has its columns in the table's order, so the next one is nearly always the right guess.
    #[inline]
    fn find(&self, guess: usize, name: &str) -> Option<usize> {
        match self.names.get(guess) {
            Some((known, _)) if known == name => Some(guess),
            _ => self.by_name.get(name).copied(),
        }
    }
}

/// Why a row was not cut.
#[derive(Debug)]
pub(crate) enum Cut {
    /// Its JSON is wrong.
    Malformed(serde_json::Error),
    /// It has a column that the table's definition does not have.
    Unknown(String),
    /// A column stands in it twice.
    Twice(String),
}

/// Cuts `row`: by place in the plan, the text of each value, or "" where the row has none.
pub(crate) fn cut<'a>(row: &'a str, columns: &Columns, values: &mut Vec<&'a str>) -> Result<(), Cut> {
    values.clear();
    values.resize(columns.places, "");
    let mut wrong = None;
    let cutter = Cutter { columns, values, wrong: &mut wrong };
    match cutter.deserialize(&mut serde_json::Deserializer::from_str(row)) {
        Ok(()) => Ok(()),
        Err(error) => Err(wrong.unwrap_or(Cut::Malformed(error))),
    }
}

struct Cutter<'c, 'v, 'a> {
    columns: &'c Columns,
    values: &'v mut Vec<&'a str>,
    wrong: &'v mut Option<Cut>,
}

impl<'a> DeserializeSeed<'a> for Cutter<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Cutter<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let mut next = 0;
        loop {
            let name = Name { columns: self.columns, guess: next, wrong: self.wrong };
            let Some(position) = map.next_key_seed(name)? else { return Ok(()) };
            let raw = map.next_value::<&RawValue>()?.get();
            next = position + 1;
            let Some((name, Some(place))) = self.columns.names.get(position) else { continue };
            let Some(value) = self.values.get_mut(*place) else { continue };
            if !value.is_empty() {
                *self.wrong = Some(Cut::Twice(name.clone()));
                return Err(A::Error::custom("twice"));
            }
            *value = raw;
        }
    }
}

/// A key, as the column's position.
struct Name<'c, 'v> {
    columns: &'c Columns,
    guess: usize,
    wrong: &'v mut Option<Cut>,
}

impl<'a> DeserializeSeed<'a> for Name<'_, '_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column")
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<usize, E> {
        self.columns.find(self.guess, name).ok_or_else(|| {
            *self.wrong = Some(Cut::Unknown(name.to_owned()));
            E::custom("unknown")
        })
    }
}

/// A row that was cut, for the plan of its table.
pub(crate) struct CutRow<'a, 'r> {
    pub(crate) values: &'r [&'a str],
    pub(crate) types: &'r [SourceType],
    pub(crate) decimals: Decimals,
    /// The snapshot has it, which tells labels of an ENUM as they are.
    pub(crate) snapshot: bool,
    pub(crate) buffers: &'r mut Buffers,
}

impl Fields for CutRow<'_, '_> {
    #[inline]
    fn is_null(&self, field: usize) -> bool {
        self.values.get(field).is_some_and(|raw| raw.starts_with('n'))
    }

    #[inline]
    fn read<'a>(
        &'a mut self,
        codec: &'a Codec,
        field: usize,
        characters: &'a mut Characters,
    ) -> Result<Value<'a>, Fault> {
        let missing = Fault::Misread("the row has no value for it; the source must log full rows");
        match (self.values.get(field), self.types.get(field)) {
            (Some(raw), Some(source)) if !raw.is_empty() => {
                let source = match source {
                    SourceType::Enum if self.snapshot => &SourceType::Text,
                    source => source,
                };
                let made = (&mut *self.buffers, characters);
                value::read(*source, codec, self.decimals, Scalar::of(raw), made)
            }
            _ => Err(missing),
        }
    }
}
