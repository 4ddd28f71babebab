//! Proof that no key occurs twice in a flush, so that the server need not look for repeats.
//!
//! It keeps a 64-bit hash per key. A hash seen before counts as a repeat: a collision only costs the server the sort
//! that it would do anyway, it can never hide a repeat, because equal keys have equal hashes. All sets of a session
//! share one [`KeyMemory`]; a proof is given up, and its memory freed, when it would pass the limit; it then starts
//! anew with the next flush. Nothing ever waits for this memory.

use std::hash::{BuildHasher, Hasher};
use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::value::{Value, without_blanks};
use crate::types::TextTarget;

/// The set is cut into this many tables by the hash's upper bits, so that it grows piece by piece: while a table
/// doubles, its old half lives on, and that must be little of the whole.
const PARTS: usize = 64;

/// What the sets of a session may use together; 32 MiB hold at least 1.6 million keys. It may stand in a larger whole,
/// whose other part says how much of it is taken.
#[derive(Debug)]
pub struct KeyMemory {
    limit: usize,
    whole: usize,
    used: AtomicUsize,
    others: AtomicUsize,
}

impl KeyMemory {
    /// At most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Self::within(limit, limit)
    }

    /// At most `limit` bytes, and together with what [`KeyMemory::others_use`] says at most `whole`.
    pub(crate) fn within(limit: usize, whole: usize) -> Arc<Self> {
        let (used, others) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(KeyMemory { limit, whole, used, others })
    }

    /// So much of the whole is taken by others now.
    pub(crate) fn others_use(&self, bytes: usize) {
        self.others.store(bytes, Ordering::Relaxed);
    }

    /// Bytes in use.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes `bytes`, or nothing where they do not fit.
    fn take(&self, bytes: usize) -> bool {
        let limit = self.limit.min(self.whole.saturating_sub(self.others.load(Ordering::Relaxed)));
        let fits = |used: usize| used.checked_add(bytes).filter(|wanted| *wanted <= limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The keys of one table and flush.
#[derive(Debug)]
pub struct KeySet {
    parts: Vec<HashTable<u64>>,
    shared: Arc<KeyMemory>,
    memory: usize,
    unique: bool,
}

impl KeySet {
    /// An empty set that uses no memory yet.
    #[must_use]
    pub fn new(memory: Arc<KeyMemory>) -> Self {
        KeySet { parts: Vec::new(), shared: memory, memory: 0, unique: true }
    }

    /// Starts the next flush. A set that this one filled well keeps its memory, any other gives it to the others.
    pub fn clear(&mut self) {
        let (keys, room) =
            self.parts.iter().fold((0, 0), |(keys, room), part| (keys + part.len(), room + part.capacity()));
        if keys * 4 < room {
            self.give_up();
        } else {
            self.parts.iter_mut().for_each(HashTable::clear);
        }
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
            let heads = PARTS * size_of::<HashTable<u64>>();
            if !self.shared.take(heads) {
                self.give_up();
                return;
            }
            self.memory = heads;
            self.parts = Vec::with_capacity(PARTS);
            self.parts.resize_with(PARTS, HashTable::new);
        }
        let number = usize::try_from(hash >> 58).unwrap_or_default();
        let Some(part) = self.parts.get_mut(number) else { return };
        if part.len() == part.capacity() {
            // The next size is known only once it is there: take its most, give back what it is not. While a part
            // grows, its old half lives beside the new one; both are counted then.
            let before = part.allocation_size();
            let most = grown(before);
            if !self.shared.take(most) {
                self.give_up();
                return;
            }
            part.reserve(1, |known| known.rotate_left(6));
            let more = part.allocation_size() - before;
            self.shared.give_back(most.saturating_sub(more));
            self.memory += more;
        }
        // The table takes its own bits from the top, where all hashes of a part are alike.
        match part.entry(hash.rotate_left(6), |known| *known == hash, |known| known.rotate_left(6)) {
            Entry::Occupied(_) => self.give_up(),
            Entry::Vacant(slot) => {
                slot.insert(hash);
            }
        }
    }

    /// No proof for this flush.
    pub(crate) fn give_up(&mut self) {
        self.unique = false;
        self.parts = Vec::new();
        self.shared.give_back(std::mem::take(&mut self.memory));
    }
}

impl Drop for KeySet {
    fn drop(&mut self) {
        self.give_up();
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
        let mut keys = KeySet::new(KeyMemory::new(1 << 20));
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
        let memory = KeyMemory::new(limit);
        let mut keys = KeySet::new(Arc::clone(&memory));
        let (mut most, mut held) = (0, 0);
        for number in 0..100_000_u64 {
            keys.add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let heads = keys.parts.capacity() * size_of::<HashTable<u64>>();
            let allocated = heads + keys.parts.iter().map(HashTable::allocation_size).sum::<usize>();
            assert_eq!((keys.memory, memory.used()), (allocated, allocated));
            most = most.max(allocated);
            held += u64::from(keys.is_unique());
        }
        assert!(!keys.is_unique());
        assert!(most <= limit, "{most} bytes");
        assert!(held * 20 >= limit as u64, "only {held} keys fit");
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn sets_share_the_memory_and_one_that_is_mostly_empty_gives_it_back() {
        let memory = KeyMemory::new(256 << 10);
        let mut large = KeySet::new(Arc::clone(&memory));
        let mut small = KeySet::new(Arc::clone(&memory));
        let hash = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..11_000).for_each(|number| large.add(hash(number)));
        (0..11_000).for_each(|number| small.add(hash(number)));
        assert!(large.is_unique() && !small.is_unique());
        let kept = memory.used();
        large.clear();
        assert_eq!(memory.used(), kept, "the next flush is likely as large");
        large.add(1);
        large.clear();
        assert_eq!(memory.used(), 0);
        (0..11_000).for_each(|number| small.add(hash(number)));
        assert!(!small.is_unique(), "a proof starts anew with the next flush only");
        small.clear();
        (0..11_000).for_each(|number| small.add(hash(number)));
        assert!(small.is_unique() && memory.used() > 0);
        drop(small);
        assert_eq!(memory.used(), 0);
        let mut late = KeySet::new(Arc::clone(&memory));
        memory.others_use(256 << 10);
        late.add(hash(1));
        assert!(!late.is_unique(), "what others use is not there");
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
