//! Proof that no key occurs twice in a flush, so that the server need not look for repeats.
//!
//! It keeps a 64-bit hash per key and looks for equal ones when the flush asks: adding a key is a write to the end of
//! an array, which does not wait for memory as a look into a large table would for every row. Equal hashes count as a
//! repeat: a collision only costs the server the sort that it would do anyway, it can never hide a repeat, because
//! equal keys have equal hashes. All sets of a session share one [`KeyMemory`]; a proof is given up, and its memory
//! freed, when it would pass the limit; it then starts anew with the next flush. Nothing ever waits for this memory.

use std::hash::{BuildHasher, Hasher};
use std::mem::size_of;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::key_memory::KeyMemory;
use super::key_values::{KeyValues, canonical};
use super::seen_keys::SeenKeys;
use super::value::{Value, without_blanks};
use crate::types::TextTarget;

/// An array grows by half, and by at most this many keys: while it grows, old and new are there.
const STEP: usize = 64 << 10;

/// Up to so many keys repeats are looked for whenever the array grows: where keys come again and again, as those of few
/// rows that change all the time do, the proof ends early and costs nothing from then on.
const EARLY: usize = 64 << 10;

/// The keys of one table and flush.
#[derive(Debug)]
pub struct KeySet {
    hashes: Vec<u64>,
    /// Those of all flushes, while rows of new keys are told apart.
    filling: Option<SeenKeys>,
    shared: Arc<KeyMemory>,
    given_up: bool,
}

impl KeySet {
    /// An empty set that uses no memory yet.
    #[must_use]
    pub fn new(memory: Arc<KeyMemory>) -> Self {
        KeySet { hashes: Vec::new(), filling: None, shared: memory, given_up: false }
    }

    /// Hands out what was collected since the last call, for [`KeySet::prove`], and starts the next flush.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let mut next = KeySet::new(Arc::clone(&self.shared));
        next.filling = self.filling.take();
        std::mem::replace(self, next)
    }

    /// False where a proof is impossible already, so that nobody need bring more keys.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.given_up
    }

    /// No row of the table has been here: from now on rows of [`Mode::Fill`](super::Mode) are told to be of new keys,
    /// until one is not.
    pub fn start_filling(&mut self) {
        self.filling = Some(SeenKeys::new(Arc::clone(&self.shared)));
    }

    /// Ends that; true where it went on.
    pub fn end_filling(&mut self) -> bool {
        self.filling.take().is_some_and(|seen| !seen.is_over())
    }

    /// True while each row that came was of a new key.
    #[must_use]
    #[inline]
    pub fn is_filling(&self) -> bool {
        self.filling.as_ref().is_some_and(|seen| !seen.is_over())
    }

    /// True where the key at this place is new.
    #[inline]
    pub(super) fn admit(&mut self, place: u128) -> bool {
        self.filling.as_mut().is_some_and(|seen| seen.admit(place))
    }

    /// How many keys there are to look at.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// True where every key is known to be different from all others. It sorts: many keys are not for a thread that
    /// serves connections.
    #[must_use]
    pub fn prove(mut self) -> bool {
        self.look();
        !self.given_up
    }

    /// Adds a key by its hash.
    #[inline]
    pub(super) fn add(&mut self, hash: u64) {
        if self.hashes.len() == self.hashes.capacity() {
            self.grow();
        }
        if !self.given_up {
            self.hashes.push(hash);
        }
    }

    #[cold]
    fn grow(&mut self) {
        if self.given_up {
            return;
        }
        let keys = self.hashes.len();
        if keys <= EARLY {
            self.look();
            if self.given_up {
                return;
            }
        }
        let more = (keys / 2).clamp(64, STEP);
        // Both are there while one is copied into the other.
        if !self.shared.take((keys + more) * size_of::<u64>()) {
            self.give_up();
            return;
        }
        self.hashes.reserve_exact(more);
        self.shared.give_back(keys * size_of::<u64>());
    }

    /// Ends the proof where a key is there twice.
    fn look(&mut self) {
        self.hashes.sort_unstable();
        if self.hashes.windows(2).any(|pair| pair.first() == pair.last()) {
            self.give_up();
        }
    }

    /// No proof for this flush.
    pub(crate) fn give_up(&mut self) {
        self.given_up = true;
        let freed = std::mem::take(&mut self.hashes).capacity() * size_of::<u64>();
        self.shared.give_back(freed);
    }
}

impl Drop for KeySet {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Hashes the canonical form of a key's values: equal on the server means equal here.
pub(super) struct KeyHash(<FixedState as BuildHasher>::Hasher);

impl KeyHash {
    pub(super) fn new() -> Self {
        KeyHash(FixedState::with_seed(0x9e37_79b9).build_hasher())
    }

    pub(super) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

impl KeyValues for KeyHash {
    fn value(&mut self, value: &Value<'_>) {
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
            Value::Months(months) => hasher.write_i32(*months),
            // Never in a key.
            Value::Nested(_, image) => hash_bytes(hasher, image),
            Value::Time(micros) | Value::Interval(micros) | Value::Timestamp { micros, .. } => {
                hasher.write_i64(*micros);
            }
        }
    }
}

fn hash_double(hasher: &mut impl Hasher, value: f64) {
    hasher.write_u64(canonical(value).to_bits());
}

fn hash_bytes(hasher: &mut impl Hasher, bytes: &[u8]) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> u64 {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn a_repeat_ends_the_proof_of_its_flush_wherever_it_stands() {
        for keys in [3_u64, 64, 65, 1000, 100_000, 200_000] {
            let mut set = KeySet::new(KeyMemory::new(16 << 20));
            (0..keys).for_each(|number| set.add(hash(number)));
            assert!(set.take().prove(), "{keys} keys");
            for (repeat, at) in [(0, keys - 1), (keys / 2 - 1, keys - 1), (0, 1)] {
                (0..keys).for_each(|number| set.add(hash(if number == at { repeat } else { number })));
                assert!(!set.take().prove(), "{keys} keys, {repeat} is at {at} too");
            }
            (0..keys).for_each(|number| set.add(hash(number)));
            assert!(set.take().prove(), "{keys} keys, again");
        }
    }

    #[test]
    fn keys_that_come_again_and_again_end_the_proof_early() {
        let memory = KeyMemory::new(16 << 20);
        let mut set = KeySet::new(Arc::clone(&memory));
        (0..1000).for_each(|number| set.add(hash(number % 50)));
        assert!(!set.is_open());
        assert_eq!(memory.used(), 0);
        (0..1000).for_each(|number| set.add(hash(number)));
        assert_eq!(memory.used(), 0, "nothing is collected for a proof that is given up");
        assert!(!set.take().prove());
        assert!(set.is_open());
    }

    #[test]
    fn the_limit_ends_the_proof_and_frees_the_memory() {
        let limit = 2 << 20;
        let memory = KeyMemory::new(limit);
        let mut keys = KeySet::new(Arc::clone(&memory));
        let (mut most, mut held) = (0, 0);
        for number in 0..1_000_000_u64 {
            keys.add(hash(number));
            let allocated = keys.hashes.capacity() * size_of::<u64>();
            assert_eq!(memory.used(), allocated);
            most = most.max(allocated);
            held += u64::from(keys.is_open());
        }
        assert!(!keys.is_open());
        assert!(most <= limit, "{most} bytes");
        assert!(held * 19 >= limit as u64, "only {held} keys fit");
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn sets_share_the_memory_and_give_it_back_with_their_flush() {
        let memory = KeyMemory::new(256 << 10);
        let mut large = KeySet::new(Arc::clone(&memory));
        let mut small = KeySet::new(Arc::clone(&memory));
        (0..16_000).for_each(|number| large.add(hash(number)));
        (0..16_000).for_each(|number| small.add(hash(number)));
        assert!(large.is_open() && !small.is_open());
        let taken = large.take();
        assert!(memory.used() > 0, "until its flush has looked");
        assert!(taken.prove());
        assert_eq!(memory.used(), 0);
        (0..10_000).for_each(|number| small.add(hash(number)));
        assert!(!small.take().prove(), "a proof starts anew with the next flush only");
        (0..10_000).for_each(|number| small.add(hash(number)));
        assert!(memory.used() > 0);
        drop(small);
        assert_eq!(memory.used(), 0);
        let mut late = KeySet::new(Arc::clone(&memory));
        memory.others_use(256 << 10);
        late.add(hash(1));
        assert!(!late.take().prove(), "what others use is not there");
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
