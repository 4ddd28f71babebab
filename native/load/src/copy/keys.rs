//! Proof that no key occurs twice in a flush, so that the server need not look for repeats.
//!
//! It keeps a 64-bit hash per key. A hash seen before counts as a repeat: a collision only costs the server the sort
//! that it would do anyway, it can never hide a repeat, because equal keys have equal hashes. The proof is given up,
//! and its memory freed, when it would pass its limit; it then starts anew with the next flush.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::value::Value;
use crate::types::TextTarget;

/// Bytes per entry of the table: the hash, its control byte, and room for the load factor of 7/8.
const ENTRY: usize = 11;

/// The keys of one flush.
#[derive(Debug)]
pub struct KeySet {
    hashes: HashTable<u64>,
    most: usize,
    unique: bool,
}

impl KeySet {
    /// A set that uses `limit_bytes` at most; with less than a few entries' room it proves nothing.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        // The table doubles, and while it grows the old half lives on: a third of the limit is the largest safe size.
        KeySet { hashes: HashTable::new(), most: limit_bytes / 3 / ENTRY, unique: true }
    }

    /// Starts the next flush.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.unique = true;
    }

    /// True where every key added since [`KeySet::clear`] is known to be different from all others.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// Adds a key by its hash.
    pub(super) fn add(&mut self, hash: u64) {
        if !self.unique {
            return;
        }
        if self.hashes.len() >= self.most {
            self.give_up();
            return;
        }
        let entry = self.hashes.entry(hash, |known| *known == hash, |known| *known);
        match entry {
            hashbrown::hash_table::Entry::Occupied(_) => self.give_up(),
            hashbrown::hash_table::Entry::Vacant(slot) => {
                slot.insert(hash);
            }
        }
    }

    /// No proof for this flush.
    pub(super) fn give_up(&mut self) {
        self.unique = false;
        self.hashes = HashTable::new();
    }
}

/// Hashes the canonical form of a key's values: equal on the server means equal here.
pub(super) struct KeyHash(<FixedState as BuildHasher>::Hasher);

impl KeyHash {
    pub(super) fn new() -> Self {
        KeyHash(FixedState::with_seed(0x9e37_79b9).build_hasher())
    }

    pub(super) fn value(&mut self, value: &Value<'_>) {
        let hasher = &mut self.0;
        match value {
            Value::Boolean(value) => hasher.write_u8(u8::from(*value)),
            Value::Integer(value, _) => hasher.write_i64(*value),
            // Both zeros are one key, and so are all NaNs.
            Value::Float(value) => hash_double(hasher, f64::from(*value)),
            Value::Double(value) => hash_double(hasher, *value),
            Value::Numeric { unscaled, .. } => hasher.write_i128(*unscaled),
            Value::Text(text, TextTarget::Padded) => {
                hash_bytes(hasher, text.trim_end_matches(' ').as_bytes());
            }
            Value::Text(text, _) => hash_bytes(hasher, text.as_bytes()),
            Value::Uuid(bytes) => hasher.write(bytes),
            Value::Bytes(bytes) => hash_bytes(hasher, bytes),
            Value::Date(days) => hasher.write_i32(*days),
            Value::Time(micros) | Value::Timestamp { micros, .. } => hasher.write_i64(*micros),
        }
    }

    pub(super) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

fn hash_double(hasher: &mut impl Hasher, value: f64) {
    let canonical = if value.is_nan() { f64::NAN } else { value + 0.0 };
    hasher.write_u64(canonical.to_bits());
}

fn hash_bytes(hasher: &mut impl Hasher, bytes: &[u8]) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_ends_the_proof_until_the_next_flush() {
        let mut keys = KeySet::new(1 << 20);
        (0..1000).for_each(|hash| keys.add(hash));
        assert!(keys.is_unique());
        keys.add(7);
        assert!(!keys.is_unique());
        keys.add(5000);
        assert!(!keys.is_unique());
        keys.clear();
        keys.add(7);
        assert!(keys.is_unique());
    }

    #[test]
    fn the_limit_ends_the_proof_and_frees_the_memory() {
        let limit = 64 << 10;
        let mut keys = KeySet::new(limit);
        let mut most = 0;
        for hash in 0..100_000_u64 {
            keys.add(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            most = most.max(keys.hashes.allocation_size());
        }
        assert!(!keys.is_unique());
        assert!(most * 3 / 2 <= limit, "{most} bytes and half of it again while growing");
        assert_eq!(keys.hashes.allocation_size(), 0);
    }

    #[test]
    fn values_equal_on_the_server_have_equal_hashes() {
        let hash = |value: Value<'_>| {
            let mut key = KeyHash::new();
            key.value(&value);
            key.finish()
        };
        assert_eq!(hash(Value::Double(0.0)), hash(Value::Double(-0.0)));
        assert_eq!(hash(Value::Double(f64::NAN)), hash(Value::Double(-f64::NAN)));
        let padded = |text| hash(Value::Text(text, TextTarget::Padded));
        assert_eq!(padded("a"), padded("a  "));
        assert_ne!(padded("a"), padded(" a"));
        let plain = |text| hash(Value::Text(text, TextTarget::Plain));
        assert_ne!(plain("a"), plain("a "));
    }
}
