//! The values of a key, in the form in which equal ones on the server are equal.

use super::value::Value;

/// Is shown the values of a key, one after the other.
pub(super) trait KeyValues {
    fn value(&mut self, value: &Value<'_>);
}

/// Both zeros are one key, and so are all NaNs.
pub(super) fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value + 0.0 }
}
