//! A row image as JSON, for people: what a row was that could not be stored.
//!
//! Promise: the shape is that of nested values, and never longer than the bound that goes with it.

use super::json;
use super::nested::{AROUND, growth};
use crate::types::{FlinkType, Nested, TextTarget};

/// The shape of a table's rows.
#[derive(Debug)]
pub(crate) struct ShownRow {
    fields: Vec<(String, FlinkType)>,
    all: Vec<usize>,
    key: Vec<usize>,
    growth: usize,
}

impl ShownRow {
    pub(crate) fn new(fields: Vec<(String, FlinkType)>, key: &[usize]) -> Self {
        let shape = Nested::Json(FlinkType::Row(fields), TextTarget::Plain);
        let growth = growth(&shape);
        let fields = match shape {
            Nested::Json(FlinkType::Row(fields), _) => fields,
            _ => Vec::new(),
        };
        ShownRow { all: (0..fields.len()).collect(), key: key.to_vec(), growth, fields }
    }

    /// How long the JSON of an image of so many bytes may become.
    pub(crate) fn bound(&self, image: usize) -> usize {
        AROUND + self.growth * image
    }

    /// The whole row.
    pub(crate) fn row(&self, image: &[u8]) -> Option<Vec<u8>> {
        json::of_row(&self.fields, &self.all, image, self.bound(image.len()))
    }

    /// Its key, where the table has one.
    pub(crate) fn key(&self, image: &[u8]) -> Option<Vec<u8>> {
        let has_key = !self.key.is_empty();
        has_key.then(|| json::of_row(&self.fields, &self.key, image, self.bound(image.len()))).flatten()
    }
}
