//! The table of pairs. Widening is done, narrowing refused; where only some values fit, each value is checked.

use super::codec::{Codec, IntegerSource, IntegerTarget, KeyEquality, TextTarget};
use super::flink_type::FlinkType;

/// A target column's type as the catalog tells it, domains resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetType {
    /// `pg_type.typname`, with its schema in front where that is not `pg_catalog`.
    pub name: String,
    /// `pg_type.typtype`: `b` base, `e` enum, …
    pub kind: char,
    /// The type modifier, -1 for none.
    pub modifier: i32,
    /// `format_type()`, for messages.
    pub formatted: String,
    /// What an array is made of; its modifier is that of the elements.
    pub element: Option<Box<ElementType>>,
}

/// The type of an array's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementType {
    /// Its number in the catalog, a domain's own.
    pub oid: u32,
    /// What stands between two of them in the array's text.
    pub delimiter: u8,
    /// The type, domains resolved.
    pub base: TargetType,
}

#[cfg(any(test, feature = "testing"))]
impl TargetType {
    /// A base type without a modifier, formatted as it is called.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        let name = name.to_owned();
        TargetType { formatted: name.clone(), name, kind: 'b', modifier: -1, element: None }
    }
}

/// The codec of a pair.
///
/// # Errors
/// The reason why the pair does not fit, in a sentence without the column's name.
pub fn resolve(source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    if target.kind == 'e' {
        // Whatever it is called: an enum type may well be named int4.
        return match source {
            FlinkType::Text => Ok(Codec::Text(TextTarget::Enum, None)),
            _ => Err(misfit(source, target)),
        };
    }
    match (*source, target.name.as_str()) {
        (FlinkType::Boolean, "bool") => Ok(Codec::Boolean),
        (FlinkType::TinyInt, _) => integer(IntegerSource::One, 3, source, target),
        (FlinkType::SmallInt, _) => integer(IntegerSource::Two, 5, source, target),
        (FlinkType::Int, _) => integer(IntegerSource::Four, 10, source, target),
        (FlinkType::BigInt, _) => integer(IntegerSource::Eight, 19, source, target),
        (FlinkType::Float, "float4") => Ok(Codec::Float),
        (FlinkType::Float, "float8") => Ok(Codec::FloatToDouble),
        (FlinkType::Double, "float8") => Ok(Codec::Double),
        (FlinkType::Decimal { precision, scale }, _) => decimal(precision, scale, source, target),
        (FlinkType::Text, "text") => Ok(Codec::Text(TextTarget::Plain, None)),
        (FlinkType::Text, "varchar") => Ok(Codec::Text(TextTarget::Plain, length(target))),
        (FlinkType::Text, "bpchar") => Ok(Codec::Text(TextTarget::Padded, length(target))),
        (FlinkType::Text, "citext") => Ok(Codec::Text(TextTarget::Citext, None)),
        (FlinkType::Text, "json") => Ok(Codec::Text(TextTarget::Json, None)),
        (FlinkType::Text, "jsonb") => Ok(Codec::Text(TextTarget::Jsonb, None)),
        (FlinkType::Text, "xml") => Ok(Codec::Text(TextTarget::Xml, None)),
        (FlinkType::Text, "uuid") => Ok(Codec::Uuid),
        (FlinkType::Text, _) => parsed(source, target),
        (FlinkType::Bytes, "bytea") => Ok(Codec::Bytes),
        (FlinkType::Date, "date") => Ok(Codec::Date),
        (FlinkType::Time(digits), "time") => {
            Ok(Codec::Time { unit: unit(fraction(digits.min(3), source, target)?) })
        }
        (FlinkType::Timestamp(digits), "timestamp") => timestamp(digits, false, source, target),
        (FlinkType::TimestampLtz(digits), "timestamptz") => timestamp(digits, true, source, target),
        (FlinkType::Timestamp(digits), "timestamptz") => Err(format!(
            "{source} has no time zone and {} needs one; CAST it to TIMESTAMP_LTZ({digits})",
            target.formatted
        )),
        (FlinkType::TimestampLtz(digits), "timestamp") => Err(format!(
            "{source} is a point in time and {} is not; CAST it to TIMESTAMP({digits})",
            target.formatted
        )),
        _ => Err(misfit(source, target)),
    }
}

fn misfit(source: &FlinkType, target: &TargetType) -> String {
    format!("{source} does not fit {}", target.formatted)
}

/// Text that the server's input function reads: types that have a Flink type of their own are refused, and those whose
/// input cuts or rounds in silence.
fn parsed(source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    const OTHERS: &str =
        "bool int2 int4 int8 oid float4 float8 numeric date time timestamp timestamptz bytea name char";
    /// Types with an equality and an order that agree, neither of them by the text.
    const COMPARED: &str = "inet cidr macaddr macaddr8 bit varbit money timetz interval tsvector pg_lsn";
    let name = target.name.as_str();
    let is_in = |names: &str| names.split(' ').any(|known| known == name);
    if target.element.is_some() || is_in(OTHERS) {
        return Err(misfit(source, target));
    }
    let rounds = match name {
        "timetz" => (0..6).contains(&target.modifier),
        "interval" => target.modifier != -1,
        _ => false,
    };
    if rounds {
        return Err(format!("{}: the server would round", misfit(source, target)));
    }
    let equality = if is_in(COMPARED) { KeyEquality::Server } else { KeyEquality::None };
    Ok(Codec::Text(TextTarget::Parsed(equality), None))
}

fn integer(
    width: IntegerSource,
    digits: i32,
    source: &FlinkType,
    target: &TargetType,
) -> Result<Codec, String> {
    use IntegerSource::{Eight, Four, One, Two};
    let to = match (width, target.name.as_str()) {
        (One | Two, "int2") => IntegerTarget::Two,
        (One | Two | Four, "int4") => IntegerTarget::Four,
        (One | Two | Four | Eight, "int8") => IntegerTarget::Eight,
        // Up to 32 bits a double is exact.
        (One | Two | Four, "float8") => IntegerTarget::Double,
        (_, "numeric") if numeric_takes(target, digits, 0) => IntegerTarget::Numeric,
        _ => return Err(misfit(source, target)),
    };
    Ok(Codec::Integer(width, to))
}

fn decimal(precision: u8, scale: u8, source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    let to = match target.name.as_str() {
        "numeric" if numeric_takes(target, i32::from(precision - scale), i32::from(scale)) => {
            IntegerTarget::Numeric
        }
        "int2" if scale == 0 && precision <= 4 => IntegerTarget::Two,
        "int4" if scale == 0 && precision <= 9 => IntegerTarget::Four,
        "int8" if scale == 0 && precision <= 18 => IntegerTarget::Eight,
        _ => return Err(misfit(source, target)),
    };
    Ok(Codec::Decimal { wide: precision > 18, scale, target: to })
}

/// True where every value with so many digits before and behind the point is stored as it is. The modifier's layout:
/// PostgreSQL `numeric.c`, `make_numeric_typmod`; the scale is 11 bits with a sign since version 15.
pub(super) fn numeric_takes(target: &TargetType, before: i32, behind: i32) -> bool {
    digits(target).is_none_or(|(most_before, most_behind)| most_behind >= behind && most_before >= before)
}

/// The most digits before and behind the point of a numeric(p, s).
pub(super) fn digits(target: &TargetType) -> Option<(i32, i32)> {
    if target.modifier < 4 {
        return None;
    }
    let packed = target.modifier - 4;
    let precision = (packed >> 16) & 0xffff;
    let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    Some((precision - scale, scale))
}

/// The most characters of varchar(n) and char(n).
fn length(target: &TargetType) -> Option<u32> {
    u32::try_from(target.modifier - 4).ok()
}

/// The column's digits of a second, refused where the server would round.
fn fraction(digits: u8, source: &FlinkType, target: &TargetType) -> Result<u32, String> {
    let kept = u32::try_from(target.modifier).unwrap_or(6).min(6);
    if kept < u32::from(digits.min(6)) {
        return Err(format!("{}: the server would round", misfit(source, target)));
    }
    Ok(kept)
}

/// Microseconds between two values of a column that keeps so many digits.
fn unit(kept: u32) -> u32 {
    10_u32.pow(6_u32.saturating_sub(kept))
}

fn timestamp(digits: u8, zoned: bool, source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    let kept = fraction(digits, source, target)?;
    Ok(Codec::Timestamp { wide: digits > 3, unit: unit(kept), zoned })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str, modifier: i32) -> TargetType {
        TargetType { modifier, ..TargetType::plain(name) }
    }

    fn pair(source: &str, name: &str, modifier: i32) -> Result<Codec, String> {
        resolve(&FlinkType::parse(source).unwrap().0, &target(name, modifier))
    }

    fn numeric(precision: i32, scale: i32) -> i32 {
        ((precision << 16) | (scale & 0x7ff)) + 4
    }

    /// Every source type against every target type: what is not listed is refused.
    #[test]
    fn the_table_of_pairs_is_exactly_this() {
        let sources = [
            "BOOLEAN",
            "TINYINT",
            "SMALLINT",
            "INT",
            "BIGINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL(4, 0)",
            "DECIMAL(9, 0)",
            "DECIMAL(18, 0)",
            "DECIMAL(20, 0)",
            "DECIMAL(10, 2)",
            "STRING",
            "BYTES",
            "DATE",
            "TIME(3)",
            "TIMESTAMP(6)",
            "TIMESTAMP_LTZ(6)",
        ];
        let targets = [
            "bool",
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric",
            "text",
            "varchar",
            "bpchar",
            "citext",
            "json",
            "jsonb",
            "xml",
            "uuid",
            "bytea",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "timetz",
            "money",
            "inet",
            "interval",
            "_int4",
            "oid",
            "name",
            "other.int4",
            "char",
            "bit",
            "point",
            "other.pair",
        ];
        let allowed = [
            ("BOOLEAN", "bool"),
            ("TINYINT", "int2 int4 int8 float8 numeric"),
            ("SMALLINT", "int2 int4 int8 float8 numeric"),
            ("INT", "int4 int8 float8 numeric"),
            ("BIGINT", "int8 numeric"),
            ("FLOAT", "float4 float8"),
            ("DOUBLE", "float8"),
            ("DECIMAL(4, 0)", "int2 int4 int8 numeric"),
            ("DECIMAL(9, 0)", "int4 int8 numeric"),
            ("DECIMAL(18, 0)", "int8 numeric"),
            ("DECIMAL(20, 0)", "numeric"),
            ("DECIMAL(10, 2)", "numeric"),
            (
                "STRING",
                "text varchar bpchar citext json jsonb xml uuid timetz money inet interval other.int4 bit point other.pair",
            ),
            ("BYTES", "bytea"),
            ("DATE", "date"),
            ("TIME(3)", "time"),
            ("TIMESTAMP(6)", "timestamp"),
            ("TIMESTAMP_LTZ(6)", "timestamptz"),
        ];
        for source in sources {
            let (_, names) = allowed.iter().find(|(name, _)| *name == source).expect("listed");
            for name in targets {
                let expected = names.split(' ').any(|allowed| allowed == name);
                let mut target = target(name, -1);
                target.element = (name == "_int4").then(|| {
                    Box::new(ElementType { oid: 23, delimiter: b',', base: TargetType::plain("int4") })
                });
                let source_type = FlinkType::parse(source).unwrap().0;
                assert_eq!(resolve(&source_type, &target).is_ok(), expected, "{source} into {name}");
            }
        }
    }

    #[test]
    fn text_is_not_parsed_where_its_input_would_round_and_is_a_key_where_equality_is_known() {
        for (name, modifier) in [("timetz", 3), ("interval", 3), ("interval", 0x6_ffff)] {
            assert!(pair("STRING", name, modifier).unwrap_err().contains("the server would round"), "{name}");
        }
        assert!(pair("STRING", "timetz", -1).is_ok() && pair("STRING", "bit", 4).is_ok());
        for (name, equality) in [
            ("inet", KeyEquality::Server),
            ("bit", KeyEquality::Server),
            ("point", KeyEquality::None),
            ("public.geometry", KeyEquality::None),
            ("other.inet", KeyEquality::None),
        ] {
            let codec = pair("STRING", name, -1).unwrap();
            assert!(codec.is_text_only() && codec.key_equality() == equality, "{name}");
        }
    }

    #[test]
    fn decimals_fit_only_where_no_digit_is_lost() {
        for (source, precision, scale, fits) in [
            ("DECIMAL(10, 2)", 10, 2, true),
            ("DECIMAL(10, 2)", 12, 3, true),
            ("DECIMAL(10, 2)", 10, 3, false),
            ("DECIMAL(10, 2)", 12, 1, false),
            ("DECIMAL(10, 2)", 10, -2, false),
            ("DECIMAL(38, 38)", 38, 38, true),
            ("BIGINT", 19, 0, true),
            ("BIGINT", 18, 0, false),
            ("INT", 12, 2, true),
        ] {
            let result = pair(source, "numeric", numeric(precision, scale));
            assert_eq!(result.is_ok(), fits, "{source} into numeric({precision},{scale})");
        }
    }

    #[test]
    fn fractions_of_a_second_are_never_rounded_by_the_server() {
        assert!(pair("TIMESTAMP(6)", "timestamp", 3).unwrap_err().contains("round"));
        assert_eq!(
            pair("TIMESTAMP(3)", "timestamp", 3),
            Ok(Codec::Timestamp { wide: false, unit: 1000, zoned: false })
        );
        assert_eq!(
            pair("TIMESTAMP(9)", "timestamp", -1),
            Ok(Codec::Timestamp { wide: true, unit: 1, zoned: false })
        );
        assert!(pair("TIME(3)", "time", 2).is_err());
        assert!(pair("TIME(0)", "time", 0).is_ok());
        assert!(pair("TIME(9)", "time", 3).is_ok());
    }

    #[test]
    fn zones_are_never_guessed_and_the_message_says_what_to_cast() {
        assert!(pair("TIMESTAMP(3)", "timestamptz", -1).unwrap_err().contains("CAST it to TIMESTAMP_LTZ(3)"));
        assert!(pair("TIMESTAMP_LTZ(3)", "timestamp", -1).unwrap_err().contains("CAST it to TIMESTAMP(3)"));
    }

    #[test]
    fn enums_take_text_whatever_they_are_called() {
        let color = TargetType { kind: 'e', ..target("int4", -1) };
        assert!(resolve(&FlinkType::Text, &color).is_ok());
        assert!(resolve(&FlinkType::Int, &color).is_err());
        assert_eq!(pair("STRING", "varchar", 36), Ok(Codec::Text(TextTarget::Plain, Some(32))));
        assert_eq!(pair("STRING", "varchar", -1), Ok(Codec::Text(TextTarget::Plain, None)));
    }
}
