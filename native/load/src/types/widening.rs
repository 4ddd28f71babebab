//! Which change of a column's type keeps the values that were staged before it.
//!
//! Promise: where a change passes, the server's assignment from the old type to the new one changes no value, whatever
//! it is. What is not known to be so does not pass: then rows are loaded anew, by the new type.

use super::mapping::{digits, numeric_takes};
use super::target_type::TargetType;

/// True where every value of a column of type `old` is the same value in one of type `new`.
#[must_use]
pub fn keeps(old: &TargetType, new: &TargetType) -> bool {
    if old.kind != new.kind || old.element != new.element {
        return false;
    }
    if old.name == new.name {
        // An enum type's name stands without its schema.
        return (old.modifier == new.modifier && (old.kind != 'e' || old.formatted == new.formatted))
            || (old.kind != 'e' && wider(old, new));
    }
    match (old.name.as_str(), new.name.as_str()) {
        ("int2", "int4" | "int8" | "float4" | "float8") | ("int4", "int8" | "float8") => true,
        ("int2", "numeric") => numeric_takes(new, 5, 0),
        ("int4", "numeric") => numeric_takes(new, 10, 0),
        ("int8", "numeric") => numeric_takes(new, 19, 0),
        ("float4", "float8") | ("varchar", "text") => true,
        _ => false,
    }
}

/// True where, beside that, the bytes of a COPY for `old` are those for `new`.
#[must_use]
pub fn same_wire(old: &TargetType, new: &TargetType) -> bool {
    (old.name == new.name || new.name == "text") && keeps(old, new)
}

/// True where `new` has room for all that `old` has, and for more.
#[must_use]
pub fn widens(old: &TargetType, new: &TargetType) -> bool {
    keeps(old, new) && !keeps(new, old)
}

/// The same type with room for more.
fn wider(old: &TargetType, new: &TargetType) -> bool {
    // -1 takes whatever there is; a char without a length keeps other blanks.
    let at_least = |unlimited: bool| match (old.modifier, new.modifier) {
        (_, -1) => unlimited,
        (-1, _) => false,
        (old, new) => new >= old,
    };
    match old.name.as_str() {
        "numeric" => {
            digits(old).map_or(new.modifier < 4, |(before, behind)| numeric_takes(new, before, behind))
        }
        "varchar" | "varbit" => at_least(true),
        "bpchar" => at_least(false),
        // Six digits are all there are.
        "time" | "timestamp" | "timestamptz" => at_least(true) || new.modifier >= 6,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, modifier: i32) -> TargetType {
        TargetType { modifier, ..TargetType::plain(name) }
    }

    fn numeric(precision: i32, scale: i32) -> TargetType {
        column("numeric", ((precision << 16) | (scale & 0x7ff)) + 4)
    }

    #[test]
    fn what_has_room_for_more_keeps_each_value_and_its_bytes() {
        for (old, new) in [
            (numeric(10, 4), numeric(12, 4)),
            (numeric(10, 4), numeric(12, 6)),
            (numeric(10, 4), column("numeric", -1)),
            (column("varchar", 14), column("varchar", 24)),
            (column("varchar", 14), column("varchar", -1)),
            (column("varchar", 14), column("text", -1)),
            (column("bpchar", 7), column("bpchar", 9)),
            (column("timestamp", 3), column("timestamp", -1)),
            (column("timestamp", -1), column("timestamp", 6)),
            (column("int4", -1), column("int4", -1)),
        ] {
            assert!(same_wire(&old, &new), "{old:?} to {new:?}");
        }
    }

    #[test]
    fn a_wider_type_keeps_the_value_and_not_the_bytes() {
        for (old, new) in [
            (column("int2", -1), column("int4", -1)),
            (column("int4", -1), column("int8", -1)),
            (column("int4", -1), column("float8", -1)),
            (column("int8", -1), numeric(19, 0)),
            (column("float4", -1), column("float8", -1)),
        ] {
            assert!(keeps(&old, &new) && !same_wire(&old, &new), "{old:?} to {new:?}");
        }
    }

    #[test]
    fn what_is_wide_enough_is_not_widened() {
        let (ten, twenty) = (column("varchar", 14), column("varchar", 24));
        assert!(widens(&ten, &twenty) && !widens(&twenty, &ten) && !widens(&ten, &ten));
        let (bare, six) = (column("timestamp", -1), column("timestamp", 6));
        assert!(!widens(&bare, &six) && !widens(&six, &bare));
    }

    #[test]
    fn whatever_loses_anything_or_is_not_known_does_not_pass() {
        for (old, new) in [
            (numeric(10, 4), numeric(10, 1)),
            (numeric(10, 4), numeric(11, 6)),
            (column("numeric", -1), numeric(38, 10)),
            (column("varchar", 24), column("varchar", 14)),
            (column("text", -1), column("varchar", 14)),
            (column("bpchar", 9), column("bpchar", 7)),
            (column("bpchar", 9), column("text", -1)),
            (column("timestamp", -1), column("timestamp", 0)),
            (column("timestamp", -1), column("timestamptz", -1)),
            (column("int8", -1), column("float8", -1)),
            (column("int8", -1), column("int4", -1)),
            (column("int8", -1), numeric(18, 0)),
            (column("text", -1), column("jsonb", -1)),
            (column("float8", -1), column("float4", -1)),
            (column("interval", -1), column("interval", 3)),
            (TargetType { kind: 'e', ..column("mood", -1) }, column("mood", -1)),
        ] {
            assert!(!keeps(&old, &new), "{old:?} to {new:?}");
        }
    }
}
