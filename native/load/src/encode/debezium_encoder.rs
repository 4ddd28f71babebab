//! The Debezium records of one table as tuples: one or two for a change of a row, none for what changes no row.
//!
//! Promise: a run of records is encoded whole or not at all; each tuple has a sequence number of its own, so that of an
//! update that moves its key the removal comes first. Records that change no row are passed over: tombstones,
//! heartbeats, ends of transactions, and truncates, whose rows stay in the target and which are told once in the log. A
//! change of the table's definition is none of them: reading on by the old one could misread values.

use bytes::BytesMut;

use crate::copy::{KeySet, Mode};
use crate::debezium::{Change, ChangePlan, CheckedEnvelope, Encoded, Event, KEYED, RawRow, UpdateHalf};
use crate::error::{Error, Kind, Result};
use crate::row::{FRAME_HEAD, Frames};

/// Of a frame: half, key, record.
type Pieces<'a> = (UpdateHalf, Option<&'a [u8]>, &'a [u8]);

/// The encoder of a table whose rows come as records.
#[derive(Debug)]
pub(crate) struct DebeziumEncoder {
    plan: ChangePlan,
    /// It stops before the first record that is not of a new key.
    fills: bool,
}

/// What was seen of a table's records so far.
#[derive(Debug, Default)]
pub(crate) struct StreamChecks {
    envelope: CheckedEnvelope,
    truncate: bool,
    /// Rows left out by their kind, since it was last asked.
    pub(super) ignored: u64,
}

impl StreamChecks {
    pub(crate) fn take_ignored(&mut self) -> u64 {
        std::mem::take(&mut self.ignored)
    }
}

impl DebeziumEncoder {
    pub(crate) fn new(plan: ChangePlan, mode: Mode) -> Self {
        DebeziumEncoder { plan, fills: mode == Mode::Fill }
    }

    pub(crate) fn header(&self) -> &'static [u8] {
        self.plan.frame().0
    }

    pub(crate) fn trailer(&self) -> &'static [u8] {
        self.plan.frame().1
    }

    pub(crate) fn bound(&self, frame: usize) -> usize {
        self.plan.bound(frame)
    }

    /// As [`crate::encode::encoder::Encoder::encode`].
    ///
    /// # Errors
    /// Kind `Data`, naming the table, for a malformed record and for a row that the target cannot store; `Internal`
    /// for a frame or a record that nobody should have sent here.
    pub(crate) fn encode(
        &self,
        frames: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<u64> {
        self.encode_some(frames, next_seq, out, keys, checks).map(|(tuples, _)| tuples)
    }

    /// As [`crate::encode::encoder::Encoder::fill`]: tuples and bytes.
    pub(crate) fn fill(
        &self,
        frames: &[u8],
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<(u64, usize)> {
        self.encode_some(frames, 0, out, keys, checks)
    }

    fn encode_some(
        &self,
        frames: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<(u64, usize)> {
        let (start, ignored) = (out.len(), checks.ignored);
        let encoded = self.encode_records(frames, next_seq, out, keys, checks);
        if encoded.is_err() {
            out.truncate(start);
            keys.give_up();
            checks.ignored = ignored;
        }
        encoded
    }

    fn encode_records(
        &self,
        frames: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<(u64, usize)> {
        let (mut tuples, mut seq, mut behind) = (0, next_seq, 0);
        for frame in Frames::new(frames) {
            let image = frame.map_err(|error| self.plan.of_target(error))?.image;
            let before = behind;
            behind += FRAME_HEAD + image.len();
            let (half, key, record) = self.split(image)?;
            let change = match Event::parse(record).map_err(|error| self.plan.of_target(error))? {
                Event::Change(change) => change,
                Event::Ignored(_) => continue,
                Event::Schema(_) => {
                    return Err(self.misplaced("a change of definitions stands among the table's records"));
                }
            };
            self.plan.check_envelope(&change, &mut checks.envelope)?;
            let start = out.len();
            let key = key.map(RawRow::of_key).transpose().map_err(|error| self.plan.of_target(error))?;
            let encoded = self.plan.encode(&change, (key, half), seq, out, keys)?;
            if self.fills && !keys.is_filling() {
                out.truncate(start);
                return Ok((tuples, before));
            }
            match encoded {
                encoded @ (Encoded::Rows(rows) | Encoded::Ignored(rows)) => {
                    tuples += rows;
                    seq = seq.saturating_add_unsigned(rows);
                    checks.ignored += u64::from(encoded == Encoded::Ignored(rows));
                }
                Encoded::Truncate => self.truncated(&change, checks),
            }
            // The parts of a sound record do not overlap, so it cannot encode to more; a forged one must not either.
            if out.len() - start > self.plan.bound(image.len()) {
                return Err(self.misplaced("a record became longer than its bound"));
            }
        }
        Ok((tuples, behind))
    }

    /// The operation, the key and the row of a record that was left out, as far as it has them.
    pub(crate) fn shown<'a>(
        &self,
        image: &'a [u8],
    ) -> Option<(&'static str, Option<String>, Option<&'a str>)> {
        let (_, key, record) = self.split(image).ok()?;
        let Event::Change(change) = Event::parse(record).ok()? else { return None };
        let row = change.after.or(change.before);
        let key =
            key.and_then(|key| RawRow::of_key(key).ok()).or(row).and_then(|row| self.plan.shown_key(row));
        Some((change.op.letter(), key, row.map(|row| row.0)))
    }

    fn split<'a>(&self, image: &'a [u8]) -> Result<Pieces<'a>> {
        let parts = image.split_first().and_then(|(byte, rest)| match *byte {
            KEYED => {
                let (length, rest) = rest.split_first_chunk::<4>()?;
                let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
                let (key, record) = rest.split_at_checked(length)?;
                Some((UpdateHalf::Whole, Some(key), record))
            }
            half => Some((UpdateHalf::of_byte(half)?, None, rest)),
        });
        parts.ok_or_else(|| self.misplaced("a frame does not begin with a part"))
    }

    #[cold]
    fn truncated(&self, change: &Change<'_>, checks: &mut StreamChecks) {
        if !std::mem::replace(&mut checks.truncate, true) {
            log::warn!(
                target: "loader",
                "{}: {}.{} was truncated, which is not repeated here: its rows stay in the target; this is said once",
                self.plan.target(), change.database, change.table
            );
        }
    }

    #[cold]
    fn misplaced(&self, what: &str) -> Error {
        self.plan.of_target(Error::new(Kind::Internal, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::{Format, KeyMemory};
    use crate::debezium::RECORD_PARTS;
    use crate::debezium::{Decimals, plan};

    fn encoder() -> DebeziumEncoder {
        let columns = [("id", "bigint"), ("name", "varchar(5)")];
        let plan = plan("orders", (Format::Text, Mode::Merge), &columns, &["id"], Decimals::Base64);
        DebeziumEncoder::new(plan, Mode::Merge)
    }

    fn record(op: &str, before: &str, after: &str) -> String {
        let source = r#"{"db":"shop","table":"orders"}"#;
        format!(r#"{{"before":{before},"after":{after},"source":{source},"op":"{op}"}}"#)
    }

    fn row(id: u32, name: &str) -> String {
        format!(r#"{{"id":{id},"name":"{name}"}}"#)
    }

    fn encode(images: &[(u8, &str)], checks: &mut StreamChecks) -> (Result<u64>, String, bool) {
        let mut batch = Vec::new();
        for (part, record) in images {
            let image = [&[*part], record.as_bytes()].concat();
            crate::row::image_builder::frame(&mut batch, 3, &image);
        }
        let mut out = BytesMut::from("before|");
        let mut keys = KeySet::new(KeyMemory::new(1 << 16));
        let rows = encoder().encode(&batch, 100, &mut out, &mut keys, checks);
        (rows, String::from_utf8(out.to_vec()).expect("text"), keys.prove())
    }

    #[test]
    fn parts_have_the_bytes_of_their_places() {
        for (byte, name) in (0..).zip(RECORD_PARTS) {
            let half = UpdateHalf::of_byte(byte).map(|half| format!("{half:?}").to_uppercase());
            assert_eq!(half, (byte != KEYED).then(|| name.to_owned()), "{name}");
        }
        assert_eq!(RECORD_PARTS[usize::from(KEYED)], "KEYED");
    }

    #[test]
    fn sequence_numbers_rise_by_tuple_and_parts_are_taken_apart() {
        let moved = record("u", &row(1, "a"), &row(2, "a"));
        let images =
            [(0, moved.as_str()), (0, &record("d", &row(2, "a"), "null")), (1, &moved), (0, ""), (2, &moved)];
        let (rows, text, unique) = encode(&images, &mut StreamChecks::default());
        assert_eq!(rows.expect("sound"), 5);
        assert_eq!(
            text,
            "before|1\t\\N\t0\t100\n2\ta\t1\t101\n2\t\\N\t0\t102\n1\t\\N\t0\t103\n2\ta\t1\t104\n"
        );
        assert!(!unique, "key 2 is there twice");
        assert!(encode(&images[..1], &mut StreamChecks::default()).2);
    }

    #[test]
    fn a_filling_run_ends_in_front_of_the_record_that_is_of_no_new_key() {
        let plan = plan("orders", (Format::Text, Mode::Fill), &[("id", "bigint")], &["id"], Decimals::Base64);
        let encoder = DebeziumEncoder::new(plan, Mode::Fill);
        let (source, row) = (r#"{"db":"shop","table":"orders"}"#, |id: u32| format!(r#"{{"id":{id}}}"#));
        let record = |op: &str, before: &str, after: &str| {
            format!(r#"{{"before":{before},"after":{after},"source":{source},"op":"{op}"}}"#)
        };
        for (last, filled) in [
            (record("c", "null", &row(1)), "1\n2\n"),
            (record("d", &row(7), "null"), "1\n2\n"),
            (record("u", &row(7), &row(8)), "1\n2\n"),
            (record("u", &row(7), &row(7)), "1\n2\n7\n9\n"),
            (record("c", "null", &row(7)), "1\n2\n7\n9\n"),
        ] {
            let (mut batch, mut ends) = (Vec::new(), Vec::new());
            for record in [
                record("r", "null", &row(1)),
                record("c", "null", &row(2)),
                last,
                record("c", "null", &row(9)),
            ] {
                ends.push(batch.len());
                crate::row::image_builder::frame(&mut batch, 3, &[&[0], record.as_bytes()].concat());
            }
            let (mut out, mut keys) = (BytesMut::new(), KeySet::new(KeyMemory::new(1 << 16)));
            keys.start_filling();
            let mut checks = StreamChecks::default();
            let (tuples, bytes) = encoder.fill(&batch, &mut out, &mut keys, &mut checks).expect("sound");
            assert_eq!(String::from_utf8(out.to_vec()).expect("text"), filled);
            let whole = tuples == 4;
            assert_eq!((tuples, bytes), if whole { (4, batch.len()) } else { (2, ends[2]) });
            assert_eq!(keys.is_filling(), whole);
        }
    }

    #[test]
    fn a_run_is_encoded_whole_or_not_at_all() {
        let sound = record("c", "null", &row(1, "a"));
        for (part, bad, kind, told) in [
            (0, record("c", "null", &row(1, "longer")), Kind::Data, "column \"name\""),
            (0, "{".to_owned(), Kind::Data, "a Debezium record"),
            (0, record("d", "null", "null"), Kind::Data, "source table shop.orders: a delete"),
            (
                0,
                r#"{"ddl":"DROP TABLE orders","databaseName":"shop"}"#.to_owned(),
                Kind::Internal,
                "definitions",
            ),
            (4, sound.clone(), Kind::Internal, "part"),
            (KEYED, "\u{9}\0\0\0too few".to_owned(), Kind::Internal, "part"),
            (KEYED, format!("\u{2}\0\0\0[]{}", record("d", "null", "null")), Kind::Data, "key"),
        ] {
            let (rows, text, unique) = encode(&[(0, &sound), (part, &bad)], &mut StreamChecks::default());
            let error = rows.expect_err("refused");
            assert_eq!((error.kind(), text.as_str(), unique), (kind, "before|", false), "{error}");
            assert!(error.to_string().starts_with("table \"public\".\"orders\""), "{error}");
            assert!(error.to_string().contains(told), "{error}");
        }
        let mut empty = Vec::new();
        crate::row::image_builder::frame(&mut empty, 3, b"");
        let mut keys = KeySet::new(KeyMemory::new(0));
        let refused =
            encoder().encode(&empty, 0, &mut BytesMut::new(), &mut keys, &mut StreamChecks::default());
        assert_eq!(refused.expect_err("no part").kind(), Kind::Internal);
    }

    #[test]
    fn a_delete_without_the_row_is_one_of_its_key() {
        let delete = format!("\u{8}\0\0\0{}{}", r#"{"id":1}"#, record("d", "null", "null"));
        let (rows, text, _) = encode(&[(KEYED, &delete)], &mut StreamChecks::default());
        assert_eq!((rows.expect("sound"), text.as_str()), (1, "before|1\t\\N\t0\t100\n"));
    }

    #[test]
    fn a_truncate_changes_no_row() {
        let (put, truncate) = (record("c", "null", &row(1, "a")), record("t", "null", "null"));
        let mut checks = StreamChecks::default();
        let (rows, text, unique) = encode(&[(0, &put), (0, &truncate), (0, &truncate)], &mut checks);
        assert_eq!((rows.expect("sound"), text.as_str(), unique), (1, "before|1\ta\t1\t100\n", true));
        assert!(checks.truncate);
    }
}
