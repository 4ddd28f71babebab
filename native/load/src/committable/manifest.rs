//! All committables of one checkpoint under one id, which the ledger keeps.
//!
//! Java writes it, since it joins what it does not read: the format's number (1), 16 bytes of id, the number of
//! committables, and each behind its length; numbers have eight bytes, big-endian.

use super::staged_table::Committable;
use super::wire::{FORMAT, Reader, Writer};
use crate::error::Result;

/// Committed once, whatever happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// 32 hexadecimal digits.
    pub id: String,
    /// In the order in which each writer made its own.
    pub committables: Vec<Committable>,
}

const ID_BYTES: usize = 16;

impl Manifest {
    /// # Errors
    /// Kind `Internal` for bytes of another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes, "a manifest", FORMAT)?;
        let id = input.take(ID_BYTES)?.iter().map(|byte| format!("{byte:02x}")).collect();
        let committables = input.list(|input| Committable::from_bytes(input.sized()?))?;
        input.nothing_left()?;
        Ok(Manifest { id, committables })
    }

    /// What Java writes; for tests.
    #[must_use]
    pub fn join(id: [u8; ID_BYTES], committables: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Writer::new(FORMAT).into_bytes();
        out.extend_from_slice(&id);
        out.extend_from_slice(&(committables.len() as u64).to_be_bytes());
        for committable in committables {
            out.extend_from_slice(&(committable.len() as u64).to_be_bytes());
            out.extend_from_slice(committable);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committables_are_joined_without_being_read() {
        let committable =
            Committable { sink: "0a".to_owned(), attempt: "1".to_owned(), subtask: 0, tables: Vec::new() };
        let bytes = Manifest::join([0xab; 16], &[committable.to_bytes(), committable.to_bytes()]);
        let manifest = Manifest::from_bytes(&bytes).expect("sound");
        assert_eq!(manifest.id, "ab".repeat(16));
        assert_eq!(manifest.committables, [committable.clone(), committable]);
        assert!(Manifest::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Manifest::from_bytes(&[]).is_err());
    }
}
