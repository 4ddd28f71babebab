//! Proof that no key occurs twice in a flush, so that the server need not look for repeats.
//!
//! It keeps a 64-bit hash per key. A hash seen before counts as a repeat: a collision only costs the server the sort
//! that it would do anyway, it can never hide a repeat, because equal keys have equal hashes. The proof is given up,
//! and its memory freed, when it would pass its limit; it then starts anew with the next flush.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::value::{Value, without_blanks};
use crate::types::TextTarget;

/// The set is cut into this many tables by the hash's upper bits, so that it grows piece by piece: while a table
/// doubles, its old half lives on, and that must be little of the whole.
const PARTS: usize = 64;

/// The keys of one flush.
#[derive(Debug)]
pub struct KeySet {
    parts: Vec<HashTable<u64>>,
    limit: usize,
    memory: usize,
    unique: bool,
}

impl KeySet {
    /// A set that uses `limit_bytes` at most; 32 MiB hold at least 1.6 million keys.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        KeySet { parts: Vec::new(), limit: limit_bytes, memory: 0, unique: true }
    }

    /// Starts the next flush.
    pub fn clear(&mut self) {
        self.parts.iter_mut().for_each(HashTable::clear);
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
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, HashTable::new);
        }
        let number = usize::try_from(hash >> 58).unwrap_or_default();
        let Some(part) = self.parts.get_mut(number) else { return };
        let before = part.allocation_size();
        let full = part.len() == part.capacity();
        if full && self.memory + grown(before) > self.limit {
            self.give_up();
            return;
        }
        // The table takes its own bits from the top, where all hashes of a part are alike.
        match part.entry(hash.rotate_left(6), |known| *known == hash, |known| known.rotate_left(6)) {
            Entry::Occupied(_) => self.give_up(),
            Entry::Vacant(slot) => {
                slot.insert(hash);
                self.memory += part.allocation_size() - before;
            }
        }
    }

    /// No proof for this flush.
    pub(crate) fn give_up(&mut self) {
        self.unique = false;
        self.parts = Vec::new();
        self.memory = 0;
    }
}

/// What a table takes while it grows: the new half beside the old one, which is counted already.
fn grown(allocation: usize) -> usize {
    allocation * 2 + 64
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
            // One number has one form: this one is for what the other does not hold.
            Value::LongNumeric { negative, digits, .. } => {
                hasher.write_u8(u8::from(*negative));
                hash_bytes(hasher, digits);
            }
            Value::Bits { bits, .. } => hasher.write_u64(*bits),
            Value::Text(text, TextTarget::Padded) => {
                hash_bytes(hasher, without_blanks(text));
            }
            Value::Text(text, _) => hash_bytes(hasher, text),
            Value::Uuid(bytes) => hasher.write(bytes),
            Value::Bytes(bytes) => hash_bytes(hasher, bytes),
            Value::Date(days) => hasher.write_i32(*days),
            Value::Time(micros) | Value::Interval(micros) | Value::Timestamp { micros, .. } => {
                hasher.write_i64(*micros);
            }
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
        let limit = 256 << 10;
        let mut keys = KeySet::new(limit);
        let (mut most, mut held) = (0, 0);
        for number in 0..100_000_u64 {
            keys.add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let allocated = keys.parts.iter().map(HashTable::allocation_size).sum();
            assert_eq!(keys.memory, allocated);
            most = most.max(allocated);
            held += u64::from(keys.is_unique());
        }
        assert!(!keys.is_unique());
        assert!(most <= limit, "{most} bytes");
        assert!(held * 20 >= limit as u64, "only {held} keys fit");
        assert_eq!(keys.memory, 0);
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
        let padded = |text: &str| hash(Value::Text(text.as_bytes(), TextTarget::Padded));
        assert_eq!(padded("a"), padded("a  "));
        assert_ne!(padded("a"), padded(" a"));
        let plain = |text: &str| hash(Value::Text(text.as_bytes(), TextTarget::Plain));
        assert_ne!(plain("a"), plain("a "));
    }
}
