//! Proof that a key is new, over any number of rows and without remembering each key.
//!
//! A key stands at a place in an order of all keys. What was seen is kept as spans of places, which may hold keys that
//! were never there: a key outside them is new, one inside is not proven to be. A snapshot brings keys in their order,
//! or several parts of them in turns, so that few spans grow at their ends. Where there are too many, those with the
//! smallest gaps between them are joined, and gaps of that size are not kept from then on. Promise: a key is called new
//! only where no equal one was shown before; the first that is not proven ends the proof, and so does memory that
//! [`KeyMemory`] does not have.

use std::mem::size_of;
use std::sync::Arc;

use super::key_memory::KeyMemory;
use super::key_values::{KeyValues, canonical};
use super::value::{Value, without_blanks};
use crate::types::{IntegerTarget, TextTarget};

/// Spans that are kept at most: parts of a snapshot that are read at once, and as many again.
const MOST: usize = 256;

/// The seen keys of one table.
#[derive(Debug)]
pub(super) struct SeenKeys {
    /// In order, none touches another.
    spans: Vec<Span>,
    /// The one that grew last.
    hot: usize,
    /// A gap up to this belongs to the span before it.
    reach: u128,
    memory: Arc<KeyMemory>,
    over: bool,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    first: u128,
    last: u128,
}

impl SeenKeys {
    pub(super) fn new(memory: Arc<KeyMemory>) -> Self {
        SeenKeys { spans: Vec::new(), hot: 0, reach: 1, memory, over: false }
    }

    /// The proof has ended: no key is called new any more.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Ends the proof and frees its memory.
    #[cold]
    pub(super) fn end(&mut self) {
        self.over = true;
        let freed = std::mem::take(&mut self.spans).capacity() * size_of::<Span>();
        self.memory.give_back(freed);
    }

    /// True where the key at this place is new; it is seen from now on.
    #[inline]
    pub(super) fn admit(&mut self, place: u128) -> bool {
        let before_next = self.spans.get(self.hot + 1).is_none_or(|next| place < next.first);
        match self.spans.get_mut(self.hot) {
            Some(span) if place > span.last && place - span.last <= self.reach && before_next => {
                span.last = place;
                true
            }
            _ => self.admit_elsewhere(place),
        }
    }

    fn admit_elsewhere(&mut self, place: u128) -> bool {
        let at = self.spans.partition_point(|span| span.last < place);
        if self.over || self.spans.get(at).is_some_and(|span| span.first <= place) {
            self.end();
            return false;
        }
        let before = at.checked_sub(1);
        if let Some((index, span)) = before.and_then(|index| Some((index, self.spans.get_mut(index)?)))
            && place - span.last <= self.reach
        {
            (span.last, self.hot) = (place, index);
            return true;
        }
        if let Some(span) = self.spans.get_mut(at)
            && span.first - place <= self.reach
        {
            (span.first, self.hot) = (place, at);
            return true;
        }
        if self.spans.len() == self.spans.capacity() && !self.grow() {
            self.end();
            return false;
        }
        self.spans.insert(at, Span { first: place, last: place });
        self.hot = at;
        if self.spans.len() > MOST {
            self.join(place);
        }
        true
    }

    fn grow(&mut self) -> bool {
        let (spans, more) = (self.spans.len(), self.spans.len().clamp(8, MOST));
        // Both are there while one is copied into the other.
        if !self.memory.take((spans + more) * size_of::<Span>()) {
            return false;
        }
        self.spans.reserve_exact(more);
        self.memory.give_back(spans * size_of::<Span>());
        true
    }

    /// Joins the half of the spans that has the smallest gaps.
    #[cold]
    fn join(&mut self, place: u128) {
        let gap = |pair: &[Span]| match pair {
            [before, behind] => behind.first - before.last,
            _ => u128::MAX,
        };
        let mut gaps: Vec<u128> = self.spans.windows(2).map(gap).collect();
        let half = gaps.len() / 2;
        let (_, middle, _) = gaps.select_nth_unstable(half);
        self.reach = self.reach.max(*middle);
        let reach = self.reach;
        self.spans.dedup_by(|behind, before| {
            let near = behind.first - before.last <= reach;
            if near {
                before.last = behind.last;
            }
            near
        });
        self.hot = self.spans.partition_point(|span| span.last < place);
    }
}

impl Drop for SeenKeys {
    fn drop(&mut self) {
        self.end();
    }
}

/// The place of a key: equal keys, as the server has it, are at the same one. Different ones may be as well, where they
/// differ only behind 16 bytes.
pub(super) struct KeyPlace {
    place: u128,
    /// Bits that nothing is in yet.
    left: u32,
}

impl KeyPlace {
    #[inline]
    pub(super) fn new() -> Self {
        KeyPlace { place: 0, left: u128::BITS }
    }

    #[inline]
    pub(super) fn finish(&self) -> u128 {
        self.place
    }

    #[inline]
    fn push(&mut self, value: u128, bits: u32) {
        if self.left >= bits {
            self.left -= bits;
            self.place |= value << self.left;
        } else {
            self.place |= value >> (bits - self.left);
            self.left = 0;
        }
    }

    /// Negative ones stand before the others.
    #[inline]
    fn number(&mut self, value: i64) {
        self.push(u128::from((value ^ i64::MIN).cast_unsigned()), u64::BITS);
    }

    #[inline]
    fn small_number(&mut self, value: i32) {
        self.push(u128::from((value ^ i32::MIN).cast_unsigned()), u32::BITS);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0]) {
            if self.left == 0 {
                return;
            }
            self.push(u128::from(*byte), u8::BITS);
        }
    }

    fn double(&mut self, value: f64) {
        let bits = canonical(value).to_bits().cast_signed();
        self.number(if bits < 0 { !bits ^ i64::MIN } else { bits });
    }
}

impl KeyValues for KeyPlace {
    #[inline]
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Boolean(value) => self.push(u128::from(*value), u8::BITS),
            Value::Integer(value, IntegerTarget::Two | IntegerTarget::Four) => match i32::try_from(*value) {
                Ok(value) => self.small_number(value),
                Err(_) => self.small_number(i32::MAX),
            },
            Value::Integer(value, _) => self.number(*value),
            Value::Float(value) => self.double(f64::from(*value)),
            Value::Double(value) => self.double(*value),
            Value::Numeric { unscaled, .. } => {
                let most = if *unscaled < 0 { i64::MIN } else { i64::MAX };
                self.number(i64::try_from(*unscaled).unwrap_or(most));
            }
            Value::LongNumeric { negative, digits, .. } => {
                self.push(u128::from(!*negative), u8::BITS);
                self.push(u128::from(digits.len().to_le_bytes()[0]), u8::BITS);
                self.bytes(digits);
            }
            Value::Bits { bits, .. } => self.push(u128::from(*bits), u64::BITS),
            Value::Text(text, TextTarget::Padded) => self.bytes(without_blanks(text)),
            Value::Text(text, _) => self.bytes(text),
            Value::Uuid(bytes) => self.push(u128::from_be_bytes(*bytes), u128::BITS),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Date(days) => self.small_number(*days),
            Value::Months(months) => self.small_number(*months),
            // Never in a key.
            Value::Nested(..) => {}
            Value::Time(micros) | Value::Interval(micros) | Value::Timestamp { micros, .. } => {
                self.number(*micros);
            }
        }
    }
}

#[cfg(test)]
#[path = "seen_keys_tests.rs"]
mod tests;
