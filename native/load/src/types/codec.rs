//! How one column is read and written: decided once when the table opens, matched for every row.

use std::sync::Arc;

use super::flink_type::FlinkType;

/// Width of an integer in the row image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegerSource {
    /// TINYINT
    One,
    /// SMALLINT
    Two,
    /// INT
    Four,
    /// BIGINT
    Eight,
}

/// What an integer becomes on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegerTarget {
    /// int2
    Two,
    /// int4
    Four,
    /// int8
    Eight,
    /// float8
    Double,
    /// numeric
    Numeric,
}

/// What text becomes on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTarget {
    /// text and varchar
    Plain,
    /// bpchar: trailing blanks mean nothing.
    Padded,
    /// An enum type's label.
    Enum,
    /// citext
    Citext,
    /// json
    Json,
    /// jsonb
    Jsonb,
    /// xml
    Xml,
    /// Whatever the type's input function makes of it, which runs for a COPY in text format only; and when two such
    /// keys are equal.
    Parsed(KeyEquality),
}

/// One column's way from the row image to the COPY tuple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// BOOLEAN → bool
    Boolean,
    /// Integers
    Integer(IntegerSource, IntegerTarget),
    /// FLOAT → float4
    Float,
    /// FLOAT → float8
    FloatToDouble,
    /// DOUBLE → float8
    Double,
    /// DECIMAL
    Decimal {
        /// More than 18 digits: the value is out of line.
        wide: bool,
        /// Digits behind the point.
        scale: u8,
        /// numeric, or an integer where the scale is 0.
        target: IntegerTarget,
    },
    /// Text, with the most characters the column takes.
    Text(TextTarget, Option<u32>),
    /// Text → uuid
    Uuid,
    /// Bytes → bytea
    Bytes,
    /// DATE → date
    Date,
    /// TIME → time
    Time {
        /// The column keeps multiples of this many microseconds.
        unit: u32,
    },
    /// TIMESTAMP → timestamp, TIMESTAMP_LTZ → timestamptz
    Timestamp {
        /// More than three digits: the value is out of line.
        wide: bool,
        /// The column keeps multiples of this many microseconds.
        unit: u32,
        /// timestamptz
        zoned: bool,
    },
    /// Bits → bit(n), varbit; only MySQL's BIT has them.
    Bits(u8),
    /// Time → interval, for times beyond one day; only MySQL's TIME has them.
    Interval,
    /// INTERVAL → interval
    Span(Span),
    /// ARRAY, MAP, MULTISET, ROW
    Nested(Arc<Nested>),
}

/// How a nested value is written.
#[derive(Debug, PartialEq, Eq)]
pub enum Nested {
    /// As an array.
    Array(ArrayCodec),
    /// As JSON of this shape.
    Json(FlinkType, TextTarget),
}

/// How an array is written as one.
#[derive(Debug, PartialEq, Eq)]
pub struct ArrayCodec {
    /// Arrays in arrays, 1 for a flat one.
    pub dimensions: usize,
    /// The way of an element to the server.
    pub element: Codec,
    /// Bytes of an element in the image.
    pub width: usize,
    /// The element's type in the catalog.
    pub oid: u32,
    /// What stands between two elements in text.
    pub delimiter: u8,
}

/// What an interval of Flink's is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Years and months
    Months,
    /// Days to milliseconds
    Millis,
}

/// When two keys are the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyEquality {
    /// When their canonical bytes are.
    Bytes,
    /// When the server says so; bytes may differ.
    Server,
    /// The type has no equality, or none that is known to be one.
    None,
}

impl Codec {
    /// The same for images in which no timestamp is inline.
    #[must_use]
    pub(crate) fn out_of_line(self) -> Self {
        match self {
            Codec::Timestamp { unit, zoned, .. } => Codec::Timestamp { wide: true, unit, zoned },
            other => other,
        }
    }

    /// What makes two values of the column equal on the server.
    #[must_use]
    pub fn key_equality(&self) -> KeyEquality {
        match self {
            Codec::Text(TextTarget::Citext | TextTarget::Jsonb, _) => KeyEquality::Server,
            Codec::Text(TextTarget::Json | TextTarget::Xml, _) => KeyEquality::None,
            Codec::Text(TextTarget::Parsed(equality), _) => *equality,
            Codec::Nested(_) => KeyEquality::None,
            _ => KeyEquality::Bytes,
        }
    }

    /// The same text on its way into a column of type text, where the server may refuse it in the column's own type.
    #[must_use]
    pub fn as_plain_text(&self) -> Option<Codec> {
        use TextTarget::{Enum, Json, Jsonb, Parsed, Xml};
        match self {
            Codec::Text(Enum | Json | Jsonb | Xml | Parsed(_), longest) => {
                Some(Codec::Text(TextTarget::Plain, *longest))
            }
            _ => None,
        }
    }

    /// True where the value has a text form only.
    #[must_use]
    pub fn is_text_only(&self) -> bool {
        match self {
            Codec::Text(TextTarget::Parsed(_), _) => true,
            Codec::Nested(nested) => {
                matches!(&**nested, Nested::Array(array) if array.element.is_text_only())
            }
            _ => false,
        }
    }
}
