//! Arrays, maps, multisets and rows: which columns take them, and how they are written there.
//!
//! Promise: an array's elements are stored by the same table of pairs as columns; everything nested goes into json,
//! jsonb and text in the shape of Flink's own JSON format.

use std::sync::Arc;

use super::codec::{ArrayCodec, Codec, IntegerTarget, Nested, TextTarget};
use super::flink_type::FlinkType;
use super::target_type::{TargetType, misfit};

/// The most dimensions that a server's array has.
const MOST_DIMENSIONS: usize = 6;

/// The codec of a pair whose Flink type is nested; `resolve` gives that of an array's elements.
pub(super) fn nested(
    source: &FlinkType,
    target: &TargetType,
    resolve: impl Fn(&FlinkType, &TargetType) -> Result<Codec, String>,
) -> Result<Codec, String> {
    let nested = match (target.name.as_str(), &target.element) {
        (_, Some(element)) => {
            let (dimensions, innermost) = innermost(source);
            if dimensions == 0 || innermost.is_nested() {
                return Err(misfit(source, target));
            }
            if dimensions > MOST_DIMENSIONS {
                return Err(format!("{}: the server's have 6 dimensions at most", misfit(source, target)));
            }
            let codec = resolve(innermost, &element.base)
                .map_err(|reason| format!("{}: of its elements, {reason}", misfit(source, target)))?;
            Nested::Array(ArrayCodec {
                dimensions,
                element: codec,
                width: innermost.width(),
                oid: element.oid,
                delimiter: element.delimiter,
            })
        }
        ("text", _) => json(source, TextTarget::Plain)?,
        ("json", _) => json(source, TextTarget::Json)?,
        ("jsonb", _) => json(source, TextTarget::Jsonb)?,
        _ => return Err(misfit(source, target)),
    };
    Ok(Codec::Nested(Arc::new(nested)))
}

/// How many arrays are around the elements, and the elements' type.
fn innermost(source: &FlinkType) -> (usize, &FlinkType) {
    match source {
        FlinkType::Array(element) => {
            let (dimensions, innermost) = innermost(element);
            (dimensions + 1, innermost)
        }
        other => (0, other),
    }
}

fn json(source: &FlinkType, target: TextTarget) -> Result<Nested, String> {
    match keyed_otherwise(source) {
        Some(key) => {
            Err(format!("keys of a JSON object are text, and {key} is not; CAST the keys to STRING"))
        }
        None => Ok(Nested::Json(source.clone(), target)),
    }
}

/// The type of a key that is not text.
fn keyed_otherwise(source: &FlinkType) -> Option<&FlinkType> {
    match source {
        FlinkType::Array(element) => keyed_otherwise(element),
        FlinkType::Map(key, _) | FlinkType::Multiset(key) if **key != FlinkType::Text => Some(key),
        FlinkType::Map(_, value) => keyed_otherwise(value),
        FlinkType::Row(fields) => fields.iter().find_map(|(_, field)| keyed_otherwise(field)),
        _ => None,
    }
}

/// The SQL type of a new column for a nested type: an array where the server has one, else jsonb; `created` gives that
/// of its elements.
pub(super) fn nested_created(source: &FlinkType, created: impl Fn(&FlinkType) -> String) -> String {
    match innermost(source) {
        (1..=MOST_DIMENSIONS, element) if !element.is_nested() => format!("{}[]", created(element)),
        _ => "jsonb".to_owned(),
    }
}

impl Nested {
    /// How many bytes a byte of the image becomes at most, where any fixed value is `longest` bytes long.
    #[must_use]
    pub fn growth(&self, longest: usize) -> usize {
        match self {
            // Quotes or a length, a delimiter or the backslashes of both notations around each.
            Nested::Array(array) => (fixed(&array.element, longest).div_ceil(array.width)).max(TEXT_GROWTH),
            Nested::Json(shape, _) => json_growth(shape, longest).max(TEXT_GROWTH),
        }
    }
}

/// A control character in JSON and in COPY's text: a backslash more than its six characters.
const TEXT_GROWTH: usize = 7;

/// The most bytes of an element that is not as long as its image, with what stands around it.
fn fixed(element: &Codec, longest: usize) -> usize {
    match element {
        Codec::Boolean => 6,
        Codec::Integer(_, IntegerTarget::Two | IntegerTarget::Four | IntegerTarget::Eight) => 24,
        _ => longest + 4,
    }
}

/// How many bytes a byte of a value's image becomes in JSON at most.
fn json_growth(shape: &FlinkType, longest: usize) -> usize {
    match shape {
        FlinkType::Array(element) => json_growth(element, longest),
        FlinkType::Map(_, value) => json_growth(value, longest),
        FlinkType::Row(fields) => {
            // Each field has 8 bytes in the image, and its name once.
            let names: usize = fields.iter().map(|(name, _)| TEXT_GROWTH * name.len() + 6 + longest).sum();
            let inside = fields.iter().map(|(_, field)| json_growth(field, longest)).max();
            names.div_ceil(8 * fields.len().max(1)).max(inside.unwrap_or(0))
        }
        FlinkType::Boolean | FlinkType::TinyInt => 6,
        scalar => (longest + 4).div_ceil(scalar.width()),
    }
}
