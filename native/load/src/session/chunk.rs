//! Encoded rows on their way from the caller's thread to a connection.
//!
//! Promise: the memory of a chunk is reserved for as long as it lives, and joined chunks are never longer than a
//! message.

use std::iter::Peekable;

use bytes::BytesMut;

use super::permit::Permit;

/// Encoded rows, ready for COPY, with the memory they occupy.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) data: BytesMut,
    pub(super) rows: u64,
    /// They go straight into a target that is merged into.
    pub(super) fills: bool,
    pub(super) permit: Permit,
}

impl Chunk {
    /// Bytes of the budget.
    pub(super) fn bytes(&self) -> usize {
        self.permit.bytes()
    }

    /// Takes in the next chunks of its table while all of them are at most `most` bytes.
    pub(super) fn join(&mut self, next: &mut Peekable<impl Iterator<Item = Chunk>>, most: usize) {
        while let Some(chunk) = next.next_if(|chunk| self.data.len() + chunk.data.len() <= most) {
            self.data.reserve(most - self.data.len());
            self.data.extend_from_slice(&chunk.data);
            self.rows += chunk.rows;
            self.permit.join(chunk.permit);
        }
    }
}
