//! From a table's frames to tuples of a COPY: row images or Debezium's records, decided when the table opens.

pub(crate) mod debezium_encoder;
pub(crate) mod encoder;
pub(crate) mod error_row;
